import './people.css';
import { type ConversationFragment, GroupDocument, type GroupFragment, type MemberFragment, UpdateConversationDocument } from 'parley-client/documents';
import { useParley } from 'parley-client/react';
import { useState } from 'preact/hooks';
import { Bar } from '../app/bar.tsx';
import { useTexts } from '../app/i18n.ts';
import { Avatar, Button, Empty, LinkButton, Spinner } from '../app/ui/index.ts';
import { words } from '../texts/common.ts';
import { groupTexts } from '../texts/groups.ts';
import { DoingSwitch } from './doing-switch.tsx';
import { GroupEnds } from './group-ends.tsx';
import { GroupSettings } from './group-settings.tsx';
import { InvitePart } from './invite-part.tsx';
import { JoinQueue } from './join-queue.tsx';
import { Members } from './members.tsx';
import { chatPath } from './paths.ts';
import { useReading } from './reading.ts';
import { TextDialog } from './text-dialog.tsx';
import { updateGroup } from './update-group.ts';

/** What each part of the page about a group is given. */
export interface GroupPartProps {
  readonly conversationId: string;
  readonly group: GroupFragment;
  readonly viewerMember: MemberFragment;
  /** The viewer is the owner or an admin. */
  readonly runsIt: boolean;
}

/** All about a group: a pane of its own, or one beside the conversation, which `onClose` closes. */
export function GroupPane({ conversationId, onClose }: { readonly conversationId: string; readonly onClose?: () => void }) {
  const t = useTexts(groupTexts);
  const common = useTexts(words);
  const parley = useParley();
  const { data, error, isLoading, reload } = useReading(
    conversationId,
    async () => ({ conversation: (await parley.request(GroupDocument, { conversationId })).conversation ?? null }),
    ({ __typename }) => ['ConversationChanged', 'ConversationGone', 'MembersChanged', 'ViewerChanged'].includes(__typename),
  );
  const conversation = data?.conversation;
  const group = conversation?.group;
  const viewerMember = group?.viewerMember;
  return (
    <>
      <Bar
        title={t.details}
        backTo={chatPath(conversationId)}
        actions={
          onClose ? (
            <Button tone="quiet" onClick={onClose}>
              {common.close}
            </Button>
          ) : null
        }
      />
      <div class="pane-scroll">
        {conversation && group && viewerMember ? <Details conversation={conversation} group={group} viewerMember={viewerMember} /> : null}
        {data && !viewerMember ? <Empty icon="group" title={t.gone} action={<LinkButton href="/">{t.toChats}</LinkButton>} /> : null}
        {error && !data ? <Empty icon="warning" title={error.message} action={<Button onClick={reload}>{common.retry}</Button>} /> : null}
        {isLoading && !data && !error ? (
          <div class="people-wait">
            <Spinner label={common.loading} />
          </div>
        ) : null}
      </div>
    </>
  );
}

interface DetailsProps {
  readonly conversation: ConversationFragment;
  readonly group: GroupFragment;
  readonly viewerMember: MemberFragment;
}

function Details({ conversation, group, viewerMember }: DetailsProps) {
  const t = useTexts(groupTexts);
  const runsIt = viewerMember.role !== 'MEMBER';
  const part: GroupPartProps = { conversationId: conversation.id, group, viewerMember, runsIt };
  return (
    <div class="card-inside">
      <div class="card-head">
        <Avatar id={conversation.id} name={group.name} url={group.avatar} size={72} isGroup />
        <div class="card-names">
          <h1 class="card-name">{group.name}</h1>
          <p class="soft">{t.members(group.memberCount)}</p>
        </div>
      </div>
      <Announcement {...part} />
      <OwnSettings conversation={conversation} />
      {runsIt ? <JoinQueue {...part} /> : null}
      <InvitePart {...part} />
      <Members {...part} />
      {runsIt ? <GroupSettings {...part} /> : null}
      <GroupEnds {...part} />
    </div>
  );
}

function Announcement({ conversationId, group, runsIt }: GroupPartProps) {
  const t = useTexts(groupTexts);
  const [isEditing, setEditing] = useState(false);
  return (
    <section class="card-part" aria-labelledby="group-announcement">
      <div class="card-part-head">
        <h2 id="group-announcement">{t.announcement}</h2>
        {runsIt ? (
          <Button tone="quiet" onClick={() => setEditing(true)}>
            {t.editAnnouncement}
          </Button>
        ) : null}
      </div>
      <p class={group.announcement ? 'long-text' : 'soft'}>{group.announcement ?? t.noAnnouncement}</p>
      {isEditing ? (
        <TextDialog
          title={t.announcement}
          label={t.announcement}
          value={group.announcement ?? ''}
          maxLength={2000}
          isLong
          save={(parley, text) => updateGroup(parley, { conversationId, announcement: text === '' ? null : text })}
          onClose={() => setEditing(false)}
        />
      ) : null}
    </section>
  );
}

/** What the viewer alone sets: no sound, out of sight. */
function OwnSettings({ conversation }: { readonly conversation: ConversationFragment }) {
  const t = useTexts(groupTexts);
  const parley = useParley();
  const { id: conversationId, isMuted, isArchived } = conversation;
  return (
    <section class="card-part">
      <DoingSwitch label={t.muted} checked={isMuted} change={(checked) => parley.request(UpdateConversationDocument, { conversationId, isMuted: checked })} />
      <DoingSwitch
        label={t.archived}
        hint={t.archivedHint}
        checked={isArchived}
        change={(checked) => parley.request(UpdateConversationDocument, { conversationId, isArchived: checked })}
      />
    </section>
  );
}
