import { type Fields, type Hands, type Held, isList, isRef, type Rule, type Rules } from './state-store.ts';

const nothing: Rule = () => {};

/**
 * What a client does to keep its copy the same as the server's. Everything here follows from a sentence of the contract, which stands with
 * it; what needs more than this is a fault of the server.
 */
export const clientRules: Rules = {
  merge: {
    // "Whoever holds a copy of a message keeps the higher rev."
    Message: keepHigherRev,
    // "Rises with every change that its members see"; "of read marks the higher seq (they raise no rev)".
    Conversation: (held, told) => ({ ...keepHigherRev(held, told), ...higherMark('readSeq', held, told), ...higherMark('peerReadSeq', held, told) }),
  },
  events: {
    // "The stream is live from here on."
    CaughtUp: nothing,
    // "The replay is not possible": never here, where nothing is old and nobody is slow.
    SyncReset: () => {
      throw new Error('SyncReset, where nothing was too old');
    },
    // "A message was sent": it stands in its conversation's history, which is in ascending seq; its conversation moves to the front.
    MessageSent: (hands) => {
      const message = hands.told('message');
      const conversation = hands.entity(message)?.fields.conversation;
      const before = hands.entity(conversation)?.fields.messages;
      const messages = withOne(isList(before) ? before : [], message).toSorted((one, other) => numberOf(hands, one, 'seq') - numberOf(hands, other, 'seq'));
      hands.change(conversation, { messages });
      // "The messages with files that the viewer can see, newest first."
      const known = hands.entity(conversation)?.fields.attachments;
      const attachments = hasFiles(hands, message) ? withOne(isList(known) ? known : [], message) : isList(known) ? known : [];
      hands.change(conversation, { attachments: attachments.toSorted((one, other) => numberOf(hands, other, 'seq') - numberOf(hands, one, 'seq')) });
      toFront(hands, conversation);
    },
    // "The message as it is now."
    MessageChanged: nothing,
    // "The conversation as it is now."
    ConversationChanged: nothing,
    // "Forget every copy of it and of its messages with a rev up to this one; keep what is higher."
    ConversationGone: (hands) => {
      const [id, rev] = [hands.told('conversationId'), Number(hands.told('rev'))];
      for (const type of ['Message', 'Conversation'])
        for (const [key, { fields }] of hands.ofType(type)) {
          const concerned = type === 'Conversation' ? key === id : isRef(fields.conversation) && fields.conversation.ref === id;
          if (concerned && Number(fields.rev) <= rev) hands.forget(key);
        }
      const list = hands.root('conversations');
      if (isList(list))
        hands.setRoot(
          'conversations',
          list.filter((item) => hands.entity(item)),
        );
    },
    // "The viewer's friend requests of one direction, answered ones included, newest first; without those to the viewer that were taken back."
    FriendRequestChanged: (hands) => {
      const request = hands.told('friendRequest');
      const [viewer] = hands.ofType('Viewer').map(([, { fields }]) => fields.user);
      const from = hands.entity(request)?.fields.from;
      const direction = isRef(from) && isRef(viewer) && from.ref === viewer.ref ? 'OUTGOING' : 'INCOMING';
      const name = `friendRequests(direction: ${direction})`;
      const list = hands.root(name);
      const isGone = direction === 'INCOMING' && hands.entity(request)?.fields.status === 'CANCELLED';
      const isOther = (item: Held) => !isRef(item) || !isRef(request) || item.ref !== request.ref;
      const sentAt = (item: Held) => String(hands.entity(item)?.fields.createdAt);
      if (isList(list))
        hands.setRoot(
          name,
          (isGone ? list.filter(isOther) : withOne(list, request)).toSorted((one, other) => sentAt(other).localeCompare(sentAt(one))),
        );
    },
    // "Those of them who are members now" are added to the members, in the order in which they joined; "those of them who are none now" go.
    MembersChanged: (hands) => {
      const group = hands.entity(hands.told('conversation'))?.fields.group;
      const { members: before, viewerMember } = hands.entity(group)?.fields ?? {};
      const [joined, removedIds] = [hands.told('members'), hands.told('removedIds')];
      const gone = new Set(isList(removedIds) ? removedIds : []);
      if (isList(before) && isList(joined)) {
        const members = joined.reduce<readonly Held[]>(withOne, before).filter((member) => !isRef(member) || !gone.has(member.ref));
        hands.change(group, { members });
      }
      // "For the owner and admins only; null to others."
      if (hands.entity(viewerMember)?.fields.role === 'MEMBER') hands.change(group, { joinRequests: null });
    },
    // "The requests that wait, the oldest first."
    JoinRequestChanged: (hands) => {
      const request = hands.told('joinRequest');
      const { group, status } = hands.entity(request)?.fields ?? {};
      const before = hands.entity(group)?.fields.joinRequests;
      const others = isList(before) ? before.filter((item) => isRef(item) && isRef(request) && item.ref !== request.ref) : [];
      if (isList(before)) hands.change(group, { joinRequests: status === 'PENDING' ? [...others, request] : others });
    },
    // "The user as they are now."
    UserChanged: nothing,
    // "The viewer as they are now."
    ViewerChanged: nothing,
    // "The upload as it is now."
    UploadChanged: nothing,
  },
  conclude: (hands) => {
    // "Without recalled ones."
    for (const [id, { fields }] of hands.ofType('Conversation'))
      if (isList(fields.attachments)) hands.change({ ref: id }, { attachments: fields.attachments.filter((message) => hasFiles(hands, message)) });
    for (const [id, { fields }] of hands.ofType('Viewer')) {
      // "The sum of the unread counts of all conversations."
      const counts = hands.ofType('Conversation').map(([, conversation]) => Number(conversation.fields.unreadCount));
      hands.change({ ref: id }, { ...fields, unreadCount: counts.reduce((sum, count) => sum + count, 0) });
    }
    // "Whom the viewer is friends with, follows or has blocked": what the relationships say.
    for (const [kind, flag] of Object.entries({ FRIEND: 'isFriend', FOLLOWING: 'isFollowing', BLOCKED: 'isBlocked' })) {
      const name = `contacts(kind: ${kind})`;
      if (!isList(hands.root(name))) continue;
      const listed = hands.ofType('User').filter(([, user]) => hands.entity(user.fields.relationship)?.fields[flag] === true);
      hands.setRoot(
        name,
        listed.map(([id]) => ({ ref: id })),
      );
    }
    // "The requests that wait, without those of people whom the viewer has blocked."
    for (const [id, { fields }] of hands.ofType('Group'))
      if (isList(fields.joinRequests)) {
        const isOfBlocked = (request: Held) => hands.entity(hands.entity(hands.entity(request)?.fields.user)?.fields.relationship)?.fields.isBlocked === true;
        hands.change({ ref: id }, { joinRequests: fields.joinRequests.filter((request) => !isOfBlocked(request)) });
      }
    // "A disabled one stays readable as author, peer and member; only userInfo and node give null": RECIPIENT_UNAVAILABLE tells it.
    for (const [id, user] of hands.ofType('User')) {
      const name = `userInfo(uuid: "${user.fields.uuid}")`;
      if (hands.root(name) !== undefined) hands.setRoot(name, isUnavailable(hands.entity(user.fields.relationship)?.fields) ? null : { ref: id });
    }
  },
};

function hasFiles(hands: Hands, message: Held | undefined): boolean {
  const content = hands.entity(message)?.fields.content;
  return typeof content === 'object' && content !== null && '__typename' in content && content.__typename === 'AttachmentsContent';
}

/** Whether what the viewer knows of the relationship to a user says that the user is disabled. */
export function isUnavailable(relationship: Fields | undefined): boolean {
  const permission = relationship?.canMessage;
  return typeof permission === 'object' && permission !== null && 'reason' in permission && permission.reason === 'RECIPIENT_UNAVAILABLE';
}

/** "newest activity first": by the last message; the one that was told of last stands first among equals. */
function toFront(hands: Hands, conversation: Held | undefined): void {
  const list = hands.root('conversations');
  if (!isList(list) || !isRef(conversation)) return;
  const activity = (item: Held) => String(hands.entity(hands.entity(item)?.fields.lastMessage)?.fields.createdAt ?? '');
  const others = list.filter((item) => !isRef(item) || item.ref !== conversation.ref);
  hands.setRoot(
    'conversations',
    [conversation, ...others].toSorted((one, other) => activity(other).localeCompare(activity(one))),
  );
}

function withOne(list: readonly Held[], one: Held): readonly Held[] {
  return list.some((item) => isRef(item) && isRef(one) && item.ref === one.ref) ? list : [...list, one];
}

function numberOf(hands: Hands, value: Held, field: string): number {
  return Number(hands.entity(value)?.fields[field]);
}

function keepHigherRev(held: Fields, told: Fields): Fields {
  return Number(held.rev ?? 0) > Number(told.rev ?? Number.POSITIVE_INFINITY) ? { ...told, ...held } : { ...held, ...told };
}

function higherMark(mark: string, held: Fields, told: Fields): Fields {
  const [mine, theirs] = [held[mark], told[mark]];
  return typeof mine === 'number' && typeof theirs === 'number' ? { [mark]: Math.max(mine, theirs) } : {};
}
