import { GroupMembersDocument, InviteToGroupDocument } from 'parley-client/documents';
import { useParley } from 'parley-client/react';
import { useState } from 'preact/hooks';
import { useTexts } from '../app/i18n.ts';
import { Button, Confirm, Dialog, Notice, toast } from '../app/ui/index.ts';
import { words } from '../texts/common.ts';
import { groupTexts } from '../texts/groups.ts';
import { peopleTexts } from '../texts/people.ts';
import type { GroupPartProps } from './group-pane.tsx';
import { linkOf } from './paths.ts';
import { PersonPicker } from './person-picker.tsx';
import { copy, QrDialog } from './qr-dialog.tsx';
import { useDoing, usePages } from './reading.ts';
import { updateGroup } from './update-group.ts';

/** How others come in: friends by hand, everybody else by the link, the code or the picture of it. */
export function InvitePart({ conversationId, group, runsIt }: GroupPartProps) {
  const t = useTexts(groupTexts);
  const people = useTexts(peopleTexts);
  const parley = useParley();
  const doing = useDoing();
  const [open, setOpen] = useState<'invite' | 'qr' | 'reset' | null>(null);
  const close = () => setOpen(null);
  const code = group.inviteCode;
  const reset = async () => {
    if (await doing.run(() => updateGroup(parley, { conversationId, resetInviteCode: true }))) close();
  };
  return (
    <section class="card-part" aria-labelledby="group-invite">
      <div class="card-part-head">
        <h2 id="group-invite">{t.inviteLink}</h2>
        <Button icon="add" onClick={() => setOpen('invite')}>
          {t.invite}
        </Button>
      </div>
      {code ? (
        <>
          <p>
            {t.code}: <span class="code">{code}</span>
          </p>
          <div class="card-buttons">
            <Button icon="link" onClick={() => void copy(linkOf('group', code), t.copied)}>
              {t.copyLink}
            </Button>
            <Button icon="qr" onClick={() => setOpen('qr')}>
              {people.showQrCode}
            </Button>
            {runsIt ? (
              <Button tone="quiet" onClick={() => setOpen('reset')}>
                {t.resetCode}
              </Button>
            ) : null}
          </div>
        </>
      ) : null}
      {open === 'invite' ? <InviteDialog conversationId={conversationId} onClose={close} /> : null}
      {open === 'qr' && code ? <QrDialog of={{ group: conversationId, code, name: group.name }} onClose={close} /> : null}
      {open === 'reset' ? (
        <Confirm title={t.resetCodeTitle} action={t.resetCode} isBusy={doing.isBusy} onConfirm={() => void reset()} onClose={close}>
          <p>{t.resetCodeWords}</p>
          {doing.error ? <Notice tone="danger">{doing.error.message}</Notice> : null}
        </Confirm>
      ) : null}
    </section>
  );
}

function InviteDialog({ conversationId, onClose }: { readonly conversationId: string; readonly onClose: () => void }) {
  const t = useTexts(groupTexts);
  const common = useTexts(words);
  const parley = useParley();
  const doing = useDoing();
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const members = usePages(
    conversationId,
    async (after) => (await parley.request(GroupMembersDocument, { conversationId, first: 100, after })).conversation?.group?.members,
    () => false,
  );
  const invite = async () => {
    if (!(await doing.run(() => parley.request(InviteToGroupDocument, { conversationId, userIds: [...chosen] })))) return;
    onClose();
    toast(t.inviteDone(chosen.size));
  };
  return (
    <Dialog
      title={t.invite}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{common.cancel}</Button>
          <Button tone="main" isBusy={doing.isBusy} disabled={chosen.size === 0} onClick={() => void invite()}>
            {t.invite}
          </Button>
        </>
      }
    >
      <PersonPicker label={t.chooseFriends} chosen={chosen} onChange={setChosen} without={new Set(members.items.map(({ user }) => user.id))} />
      {doing.error ? <Notice tone="danger">{doing.error.message}</Notice> : null}
    </Dialog>
  );
}
