import { GroupMembersDocument, type MemberFragment, RemoveMemberDocument, UpdateMemberDocument } from 'parley-client/documents';
import { useParley } from 'parley-client/react';
import { useState } from 'preact/hooks';
import { formatMoment } from '../app/format.ts';
import { useTexts } from '../app/i18n.ts';
import { navigate } from '../app/router.ts';
import { Button, Choice, Confirm, Dialog, Menu, type MenuItem, Notice } from '../app/ui/index.ts';
import { words } from '../texts/common.ts';
import { groupTexts } from '../texts/groups.ts';
import type { GroupPartProps } from './group-pane.tsx';
import { Growing } from './growing.tsx';
import { personPath } from './paths.ts';
import { PersonRow } from './person-row.tsx';
import { useDoing, usePages } from './reading.ts';
import { TextDialog } from './text-dialog.tsx';

const ranks = { OWNER: 2, ADMIN: 1, MEMBER: 0 } as const;

const isMuted = ({ mutedUntil }: MemberFragment) => mutedUntil !== null && Date.parse(mutedUntil) > Date.now();

interface Asked {
  readonly what: 'nickname' | 'mute' | 'remove' | 'handOver';
  readonly member: MemberFragment;
}

/** Who is in a group, and what the viewer may do with each. */
export function Members({ conversationId, viewerMember }: GroupPartProps) {
  const t = useTexts(groupTexts);
  const parley = useParley();
  const doing = useDoing();
  const [asked, setAsked] = useState<Asked | null>(null);
  const pages = usePages(
    conversationId,
    async (after) => (await parley.request(GroupMembersDocument, { conversationId, first: 50, after })).conversation?.group?.members,
    ({ __typename }) => __typename === 'MembersChanged' || __typename === 'UserChanged',
  );

  const itemsFor = (member: MemberFragment): MenuItem[] => {
    const isOwn = member.id === viewerMember.id;
    const isBelow = ranks[viewerMember.role] > ranks[member.role];
    const isOwner = viewerMember.role === 'OWNER';
    const ask = (what: Asked['what']) => () => setAsked({ what, member });
    const setRole = (role: 'ADMIN' | 'MEMBER') => () => void doing.run(() => parley.request(UpdateMemberDocument, { memberId: member.id, role }));
    const unmute = () => void doing.run(() => parley.request(UpdateMemberDocument, { memberId: member.id, mutedUntil: null }));
    return [
      { label: t.showCard, icon: 'people', onSelect: () => navigate(personPath(member.user.uuid)) },
      ...(isOwn || isBelow ? [{ label: t.setNickname, icon: 'edit' as const, onSelect: ask('nickname') }] : []),
      ...(isOwner && !isOwn
        ? [
            member.role === 'ADMIN'
              ? { label: t.makeMember, icon: 'shield' as const, onSelect: setRole('MEMBER') }
              : { label: t.makeAdmin, icon: 'shield' as const, onSelect: setRole('ADMIN') },
            { label: t.handOver, icon: 'key' as const, onSelect: ask('handOver') },
          ]
        : []),
      ...(isBelow
        ? [
            isMuted(member)
              ? { label: t.unmute, icon: 'mic' as const, startsPart: true, onSelect: unmute }
              : { label: t.mute, icon: 'block' as const, startsPart: true, onSelect: ask('mute') },
            { label: t.remove, icon: 'trash' as const, isDanger: true, onSelect: ask('remove') },
          ]
        : []),
    ];
  };

  return (
    <section class="card-part" aria-labelledby="group-members">
      <h2 id="group-members">{t.membersTitle}</h2>
      {doing.error ? <Notice tone="danger">{doing.error.message}</Notice> : null}
      <Growing pages={pages}>
        <ul>
          {pages.items.map((member) => (
            <MemberRow key={member.id} member={member} isOwn={member.id === viewerMember.id} items={itemsFor(member)} />
          ))}
        </ul>
      </Growing>
      {asked ? <MemberDialog asked={asked} isOwn={asked.member.id === viewerMember.id} onClose={() => setAsked(null)} /> : null}
    </section>
  );
}

function MemberRow({ member, isOwn, items }: { readonly member: MemberFragment; readonly isOwn: boolean; readonly items: readonly MenuItem[] }) {
  const t = useTexts(groupTexts);
  const { user, nickname, role, mutedUntil } = member;
  const shown = nickname === null ? user : { ...user, nickname };
  const roleWord = { OWNER: t.owner, ADMIN: t.admin, MEMBER: null }[role];
  return (
    <PersonRow
      user={shown}
      showsPresence
      below={
        <>
          {isOwn ? `${t.you} · ` : ''}
          {nickname === null ? '' : `${user.nickname} · `}@{user.username}
          {isMuted(member) && mutedUntil ? ` · ${t.mutedUntil(formatMoment(mutedUntil))}` : ''}
        </>
      }
      beside={
        <>
          {roleWord ? <span class={`tag${role === 'ADMIN' ? ' tag-quiet' : ''}`}>{roleWord}</span> : null}
          <Menu label={t.actionsFor(shown.nickname)} items={items} />
        </>
      }
    />
  );
}

interface MemberDialogProps {
  readonly asked: Asked;
  readonly isOwn: boolean;
  readonly onClose: () => void;
}

function MemberDialog({ asked: { what, member }, isOwn, onClose }: MemberDialogProps) {
  const t = useTexts(groupTexts);
  const parley = useParley();
  const doing = useDoing();
  const name = member.nickname ?? member.user.nickname;
  const memberId = member.id;
  const run = async (action: () => Promise<unknown>) => {
    if (await doing.run(action)) onClose();
  };
  const refusal = doing.error ? <Notice tone="danger">{doing.error.message}</Notice> : null;
  switch (what) {
    case 'nickname':
      return (
        <TextDialog
          title={isOwn ? t.myNickname : t.setNickname}
          label={t.nickname}
          placeholder={member.user.nickname}
          value={member.nickname ?? ''}
          maxLength={50}
          save={(client, text) => client.request(UpdateMemberDocument, { memberId, nickname: text === '' ? null : text })}
          onClose={onClose}
        />
      );
    case 'mute':
      return <MuteDialog member={member} onClose={onClose} />;
    case 'remove':
      return (
        <Confirm
          title={t.removeTitle(name)}
          action={t.remove}
          isDanger
          isBusy={doing.isBusy}
          onConfirm={() => void run(() => parley.request(RemoveMemberDocument, { memberId }))}
          onClose={onClose}
        >
          <p>{t.removeWords}</p>
          {refusal}
        </Confirm>
      );
    case 'handOver':
      return (
        <Confirm
          title={t.handOverTitle(name)}
          action={t.handOver}
          isDanger
          isBusy={doing.isBusy}
          onConfirm={() => void run(() => parley.request(UpdateMemberDocument, { memberId, role: 'OWNER' }))}
          onClose={onClose}
        >
          <p>{t.handOverWords}</p>
          {refusal}
        </Confirm>
      );
  }
}

const minutes = { ten: 10, hour: 60, day: 1440, week: 10_080 } as const;

function MuteDialog({ member, onClose }: { readonly member: MemberFragment; readonly onClose: () => void }) {
  const t = useTexts(groupTexts);
  const common = useTexts(words);
  const parley = useParley();
  const doing = useDoing();
  const [time, setTime] = useState<keyof typeof minutes>('hour');
  const mute = async () => {
    const mutedUntil = new Date(Date.now() + minutes[time] * 60_000).toISOString();
    if (await doing.run(() => parley.request(UpdateMemberDocument, { memberId: member.id, mutedUntil }))) onClose();
  };
  return (
    <Dialog
      title={t.muteTitle(member.nickname ?? member.user.nickname)}
      size="small"
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{common.cancel}</Button>
          <Button tone="main" isBusy={doing.isBusy} onClick={() => void mute()}>
            {t.mute}
          </Button>
        </>
      }
    >
      <Choice
        label={t.muteFor}
        value={time}
        onChange={setTime}
        options={[
          { value: 'ten', label: t.tenMinutes },
          { value: 'hour', label: t.oneHour },
          { value: 'day', label: t.oneDay },
          { value: 'week', label: t.sevenDays },
        ]}
      />
      {doing.error ? <Notice tone="danger">{doing.error.message}</Notice> : null}
    </Dialog>
  );
}
