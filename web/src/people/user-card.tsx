import './people.css';
import {
  BlockUserDocument,
  FollowDocument,
  RemoveFriendDocument,
  UnblockUserDocument,
  UnfollowDocument,
  UpdateFriendDocument,
  type UserDetailsFragment,
  UserInfoDocument,
} from 'parley-client/documents';
import { useParley, usePresence, useViewer } from 'parley-client/react';
import { useState } from 'preact/hooks';
import { Bar } from '../app/bar.tsx';
import { formatAgo } from '../app/format.ts';
import { useTexts } from '../app/i18n.ts';
import { Avatar, Button, Confirm, Empty, LinkButton, Menu, type MenuItem, Notice, Spinner } from '../app/ui/index.ts';
import { words } from '../texts/common.ts';
import { peopleTexts } from '../texts/people.ts';
import { AskDialog, RemarkDialog } from './friend-dialogs.tsx';
import { nameOf } from './names.ts';
import { chatPath, chatWithPath } from './paths.ts';
import { PermissionNotice } from './permission-notice.tsx';
import { Profile } from './profile.tsx';
import { QrDialog } from './qr-dialog.tsx';
import { useDoing, useReading } from './reading.ts';
import { RequestAnswers } from './requests.tsx';

/** Somebody: who they are, what they and the viewer are to each other, and whether one may write, told before one does. */
export function UserCard({ uuid }: { readonly uuid: string }) {
  const t = useTexts(peopleTexts);
  const common = useTexts(words);
  const parley = useParley();
  const { data, error, isLoading, reload } = useReading(
    uuid,
    async () => ({ user: (await parley.request(UserInfoDocument, { uuid })).userInfo ?? null }),
    ({ __typename }) => ['UserChanged', 'FriendRequestChanged', 'ViewerChanged', 'MessageSent'].includes(__typename),
  );
  const user = data?.user;
  return (
    <>
      <Bar title={t.about} backTo="/people" />
      <div class="pane-scroll">
        {user ? <Card key={user.id} user={user} /> : null}
        {data && !user ? <Empty icon="people" title={t.noPerson} action={<LinkButton href="/people">{t.toPeople}</LinkButton>} /> : null}
        {error && !data ? <Empty icon="warning" title={error.message} action={<Button onClick={reload}>{t.tryAgain}</Button>} /> : null}
        {isLoading && !data && !error ? (
          <div class="people-wait">
            <Spinner label={common.loading} />
          </div>
        ) : null}
      </div>
    </>
  );
}

type Asked = 'ask' | 'remark' | 'qr' | 'block' | 'remove' | null;

function Card({ user }: { readonly user: UserDetailsFragment }) {
  const t = useTexts(peopleTexts);
  const viewer = useViewer();
  const [asked, setAsked] = useState<Asked>(null);
  const name = nameOf(user);
  const isViewer = viewer?.id === user.id;
  const close = () => setAsked(null);
  return (
    <div class="card-inside">
      <Head user={user} />
      {isViewer ? (
        <>
          <Notice>{t.itsYou}</Notice>
          <div class="card-buttons">
            <LinkButton href="/settings/profile" icon="edit">
              {t.editProfile}
            </LinkButton>
            <Button icon="qr" onClick={() => setAsked('qr')}>
              {t.showQrCode}
            </Button>
          </div>
        </>
      ) : (
        <Actions user={user} onAsk={setAsked} />
      )}
      <Profile user={user} />
      {asked === 'ask' ? <AskDialog user={user} onClose={close} /> : null}
      {asked === 'remark' ? <RemarkDialog user={user} onClose={close} /> : null}
      {asked === 'qr' ? <QrDialog of={{ user: user.uuid, name }} onClose={close} /> : null}
      {asked === 'block' || asked === 'remove' ? <Sure user={user} what={asked} onClose={close} /> : null}
    </div>
  );
}

function Head({ user }: { readonly user: UserDetailsFragment }) {
  const t = useTexts(peopleTexts);
  const { status, lastSeenAt } = usePresence(user.id);
  const role = { USER: null, AGENT: t.roleAgent, ADMIN: t.roleAdmin, VISITOR: t.roleVisitor }[user.role];
  const name = nameOf(user);
  const there = status === 'ONLINE' ? t.online : status === 'OFFLINE' && lastSeenAt ? t.lastSeen(formatAgo(lastSeenAt)) : null;
  return (
    <div class="card-head">
      <Avatar id={user.id} name={name} url={user.avatar} size={88} isOnline={status === 'ONLINE'} />
      <div class="card-names">
        <h1 class="card-name">
          {name}
          {role ? <span class="tag">{role}</span> : null}
          {user.relationship?.isStarred ? <span class="tag">{t.starred}</span> : null}
        </h1>
        <p class="soft">
          {name === user.nickname ? null : <span>{user.nickname} · </span>}@{user.username}
        </p>
        {there ? <p class="soft small">{there}</p> : null}
      </div>
    </div>
  );
}

function Actions({ user, onAsk }: { readonly user: UserDetailsFragment; readonly onAsk: (what: Asked) => void }) {
  const t = useTexts(peopleTexts);
  const parley = useParley();
  const doing = useDoing();
  const { relationship } = user;
  if (!relationship) return null;
  const { isFriend, isBlocked, isFollowing, isStarred, friendRequest, conversation, canMessage } = relationship;
  const userId = user.id;
  const isAsked = friendRequest?.from.id === userId;
  const items: MenuItem[] = [
    ...(isFriend
      ? [
          { label: t.setRemark, icon: 'edit' as const, onSelect: () => onAsk('remark') },
          {
            label: isStarred ? t.unstar : t.star,
            icon: 'pin' as const,
            onSelect: () => void doing.run(() => parley.request(UpdateFriendDocument, { input: { userId, isStarred: !isStarred } })),
          },
        ]
      : []),
    {
      label: isFollowing ? t.unfollow : t.follow,
      icon: 'bell',
      onSelect: () => void doing.run(() => (isFollowing ? parley.request(UnfollowDocument, { userId }) : parley.request(FollowDocument, { userId }))),
    },
    { label: t.showQrCode, icon: 'qr', onSelect: () => onAsk('qr') },
    isBlocked
      ? { label: t.unblock, icon: 'block', startsPart: true, onSelect: () => void doing.run(() => parley.request(UnblockUserDocument, { userId })) }
      : { label: t.block, icon: 'block', startsPart: true, isDanger: true, onSelect: () => onAsk('block') },
    ...(isFriend ? [{ label: t.removeFriend, icon: 'trash' as const, isDanger: true, onSelect: () => onAsk('remove') }] : []),
  ];
  return (
    <>
      <PermissionNotice user={user} onBefriend={() => onAsk('ask')} />
      {friendRequest && !isFriend ? (
        <div class="card-request">
          <p>{isAsked ? t.requestWaitsForYou(nameOf(user)) : t.requestSent}</p>
          {friendRequest.message ? <q class="row-said">{friendRequest.message}</q> : null}
          <RequestAnswers request={friendRequest} isIncoming={isAsked} />
        </div>
      ) : null}
      <div class="card-buttons">
        {conversation || canMessage.allowed ? (
          <LinkButton href={conversation ? chatPath(conversation.id) : chatWithPath(user.uuid)} tone="main" icon="chat">
            {canMessage.allowed ? t.writeMessage : t.openChat}
          </LinkButton>
        ) : null}
        {!isFriend && !friendRequest && !isBlocked && user.role !== 'VISITOR' ? (
          <Button icon="add" onClick={() => onAsk('ask')}>
            {t.addFriend}
          </Button>
        ) : null}
        <Menu label={t.more} items={items} />
      </div>
      {doing.error ? <Notice tone="danger">{doing.error.message}</Notice> : null}
    </>
  );
}

function Sure({ user, what, onClose }: { readonly user: UserDetailsFragment; readonly what: 'block' | 'remove'; readonly onClose: () => void }) {
  const t = useTexts(peopleTexts);
  const parley = useParley();
  const doing = useDoing();
  const name = nameOf(user);
  const run = async () => {
    const input = { userId: user.id };
    if (await doing.run(() => (what === 'block' ? parley.request(BlockUserDocument, input) : parley.request(RemoveFriendDocument, input)))) onClose();
  };
  return (
    <Confirm
      title={what === 'block' ? t.blockTitle(name) : t.removeFriendTitle(name)}
      action={what === 'block' ? t.block : t.removeFriend}
      isDanger
      isBusy={doing.isBusy}
      onConfirm={() => void run()}
      onClose={onClose}
    >
      <p>{what === 'block' ? t.blockWords : t.removeFriendWords}</p>
      {doing.error ? <Notice tone="danger">{doing.error.message}</Notice> : null}
    </Confirm>
  );
}
