import { builder } from '../../graphql/builder.ts';
import { type Context, requireViewer } from '../../graphql/context.ts';
import type { EventSource, SharedEvent } from '../../graphql/event-source.ts';
import { perViewer } from '../../graphql/per-viewer.ts';
import { createAttached } from '../../kernel/attached.ts';
import { AppError } from '../../kernel/errors.ts';
import { encodeGlobalId, uuidOf } from '../../kernel/ids.ts';
import { ViewerRef } from '../auth/viewer.schema.ts';
import { ConversationRef, conversationLoader } from '../conversations/conversation.schema.ts';
import { findMembership } from '../conversations/conversation.service.ts';
import { UploadRef, uploadLoader } from '../files/file.schema.ts';
import { FriendRequestRef, friendRequestLoader } from '../friends/friend-request.schema.ts';
import { JoinRequestRef, joinRequestLoader } from '../groups/join.schema.ts';
import { MemberRef, memberIdOf, memberLoader, seatKey } from '../groups/member.schema.ts';
import { type EntryKind, peopleOfEntry } from '../log/log.entity.ts';
import { type EntryRow, peopleOf } from '../log/log.service.ts';
import { MessageRef, messageIdAt, messageLoader, placeKey } from '../messages/message.schema.ts';
import { UserRef, userLoader } from '../users/user.schema.ts';
import type { EventService } from './event.service.ts';
import type { MessagePlace } from './message-stream.service.ts';
import type { EventFrame } from './stream.service.ts';

/** An event on its way to one viewer. */
type EventPayload = Pick<EventFrame, 'kind' | 'at' | 'entry'> & EventSource;

const typenames = {
  SENT: 'MessageSent',
  CHANGED: 'MessageChanged',
  MEMBERS: 'MembersChanged',
  CONVERSATION: 'ConversationChanged',
  DISSOLVED: 'ConversationGone',
  JOINED: 'ConversationChanged',
  LEFT: 'ConversationGone',
  FRIEND_REQUEST: 'FriendRequestChanged',
  JOIN_REQUEST: 'JoinRequestChanged',
  UPLOAD: 'UploadChanged',
  PERSON: 'UserChanged',
  VIEWER: 'ViewerChanged',
} as const satisfies Record<EntryKind, string>;

const typenameOf = ({ kind, entry }: EventPayload) => (entry ? typenames[entry.kind] : kind === 'RESET' ? 'SyncReset' : 'CaughtUp');

const EventRef = builder.interfaceRef<EventPayload>('Event').implement({
  description: 'Something that happened to the viewer, on all of the viewer’s sessions, the acting one included. Ignore a __typename that you do not know.',
  resolveType: typenameOf,
  fields: (t) => ({
    cursor: t.string({
      description: 'Opaque, at most 1 KB: the newest one resumes the stream right after this event.',
      resolve: (_event, _args, context) => context.position(),
    }),
    at: t.expose('at', { type: 'DateTime', description: 'When it happened, by the database clock.' }),
  }),
});

const eventType = (name: string, description: string) => builder.objectRef<EventPayload>(name).implement({ description, interfaces: [EventRef] });

const entryOf = ({ entry }: EventPayload) => {
  if (!entry) throw new Error('an event of an entry has lost it');
  return entry;
};

eventType('CaughtUp', 'The stream is live from here on. Without `after` the first event, with it the one that ends the replay.');
eventType(
  'SyncReset',
  'The replay is not possible: read anew what you show; the stream is live from here on. In the place of CaughtUp, or later, to a stream that fell too far behind.',
);

for (const [name, description] of [
  ['MessageSent', 'A message was sent.'],
  ['MessageChanged', 'A message was changed: recalled, edited, reacted to, pinned or unpinned.'],
] as const) {
  builder.objectField(eventType(name, description), 'message', (t) =>
    t.field({
      type: MessageRef,
      description: 'The message as it is now.',
      resolve: async (event, _args, context) => {
        const { logId, seq } = entryOf(event);
        const message = await messageLoader(context).load(placeKey({ conversationId: logId, seq: seq ?? 0 }));
        if (!message) throw new AppError('NOT_FOUND');
        return message;
      },
    }),
  );
}

builder.objectField(
  eventType(
    'ConversationChanged',
    'A conversation changed: renamed, announced and the like; read by the viewer on another device, or in a DIRECT one by the peer.',
  ),
  'conversation',
  (t) =>
    t.field({
      type: ConversationRef,
      description: 'The conversation as it is now.',
      resolve: async (event, _args, context) => {
        const view = await conversationLoader(context).load(entryOf(event).aboutId ?? entryOf(event).logId);
        if (!view) throw new AppError('NOT_FOUND');
        return view;
      },
    }),
);

const GoneRef = eventType('ConversationGone', 'A conversation does not exist for the viewer any more: left, removed, dissolved.');
builder.objectFields(GoneRef, (t) => ({
  conversationId: t.id({
    description: 'The conversation.',
    resolve: async (event, _args, context) => {
      const row = await context.read((tx) =>
        tx.db
          .selectFrom('Conversation')
          .select('uuid')
          .where('id', '=', entryOf(event).aboutId ?? entryOf(event).logId)
          .executeTakeFirstOrThrow(),
      );
      return encodeGlobalId('Conversation', row.uuid);
    },
  }),
  rev: t.int({
    description: 'Forget every copy of it and of its messages with a rev up to this one; keep what is higher: the viewer came back.',
    resolve: (event) => entryOf(event).aboutRev ?? entryOf(event).rev,
  }),
}));

const MembersChangedRef = eventType('MembersChanged', 'People joined or left a group, or their role, nickname or muting changed.');
builder.objectFields(MembersChangedRef, (t) => ({
  conversation: t.field({
    type: ConversationRef,
    description: 'The group, as it is now.',
    resolve: async (event, _args, context) => {
      const view = await conversationLoader(context).load(entryOf(event).logId);
      if (!view) throw new AppError('NOT_FOUND');
      return view;
    },
  }),
  members: t.field({
    type: [MemberRef],
    most: peopleOfEntry,
    description: 'Those of them who are members now, as they are now.',
    resolve: async (event, _args, context) => (await seatsOf(event, context)).flatMap(({ member }) => member ?? []),
  }),
  removedIds: t.idList({
    most: peopleOfEntry,
    description: 'The Member ids of those of them who are none now.',
    resolve: async (event, _args, context) => {
      const gone = (await seatsOf(event, context)).filter(({ member }) => member === null);
      const view = await conversationLoader(context).load(entryOf(event).logId);
      const users = await userLoader(context).loadMany(gone.map(({ userId }) => userId));
      return users.flatMap((user) => (view && user && 'uuid' in user ? [memberIdOf({ conversationUuid: view.uuid, userUuid: user.uuid })] : []));
    },
  }),
}));

/** Everybody whom the event concerns, with their place where they have one now. */
async function seatsOf(event: EventPayload, context: Context) {
  const { logId, people } = entryOf(event);
  const { joined, left, changed } = peopleOf({ people });
  const userIds = [...new Set([...joined, ...left, ...changed])];
  return await Promise.all(userIds.map(async (userId) => ({ userId, member: await memberLoader(context).load(seatKey({ conversationId: logId, userId })) })));
}

/** What the event was called by at first: two events with one name for different things cannot be selected side by side. */
const formerly = (name: string) => `Use \`${name}\`, which can be selected beside all other events.`;

const joinRequestOf = async (event: EventPayload, context: Context) => {
  const request = await joinRequestLoader(context).load(entryOf(event).aboutId ?? 0);
  if (!request) throw new AppError('NOT_FOUND');
  return request;
};
builder.objectFields(eventType('JoinRequestChanged', 'Somebody asked to be let into a group, took that back, or was answered.'), (t) => ({
  joinRequest: t.field({
    type: JoinRequestRef,
    description: 'The request as it is now.',
    resolve: (event, _args, context) => joinRequestOf(event, context),
  }),
  request: t.field({
    type: JoinRequestRef,
    description: 'The request as it is now.',
    deprecationReason: formerly('joinRequest'),
    resolve: (event, _args, context) => joinRequestOf(event, context),
  }),
}));

const friendRequestOf = async (event: EventPayload, context: Context) => {
  const request = await friendRequestLoader(context).load(entryOf(event).aboutId ?? 0);
  if (!request) throw new AppError('NOT_FOUND');
  return request;
};
builder.objectFields(eventType('FriendRequestChanged', 'A friend request of the viewer or to the viewer was sent, taken back or answered.'), (t) => ({
  friendRequest: t.field({
    type: FriendRequestRef,
    description: 'The request as it is now.',
    resolve: (event, _args, context) => friendRequestOf(event, context),
  }),
  request: t.field({
    type: FriendRequestRef,
    description: 'The request as it is now.',
    deprecationReason: formerly('friendRequest'),
    resolve: (event, _args, context) => friendRequestOf(event, context),
  }),
}));

builder.objectField(eventType('UserChanged', 'Name, profile, chatset, or anything in the viewer’s relationship to this user.'), 'user', (t) =>
  t.field({
    type: UserRef,
    description: 'The user as they are now.',
    resolve: async (event, _args, context) => {
      const user = await userLoader(context).load(entryOf(event).aboutId ?? 0);
      if (!user) throw new AppError('NOT_FOUND');
      return user;
    },
  }),
);

builder.objectField(eventType('ViewerChanged', 'The viewer’s settings or sessions changed.'), 'viewer', (t) =>
  t.field({ ...perViewer, type: ViewerRef, description: 'The viewer as they are now.', resolve: (_event, _args, context) => requireViewer(context) }),
);

builder.objectField(eventType('UploadChanged', 'An upload of the viewer has all its bytes, or was looked at.'), 'upload', (t) =>
  t.field({
    ...perViewer,
    type: UploadRef,
    description: 'The upload as it is now.',
    resolve: async (event, _args, context) => {
      const upload = await uploadLoader(context).load(entryOf(event).aboutId ?? 0);
      if (!upload) throw new AppError('NOT_FOUND');
      return upload;
    },
  }),
);

type MessagePayload = MessagePlace & EventSource;

/** One event for all who are told of the same, whether live or by replays that were read together. */
function madeOnce<A extends object>(make: (about: A, events: EventService) => SharedEvent): (about: A, events: EventService) => SharedEvent {
  const made = createAttached<A, SharedEvent>();
  // An entry is given to all who receive it, one after the other.
  let newest: { readonly about: A; readonly event: SharedEvent } | null = null;
  return (about, events) => {
    if (newest?.about === about) return newest.event;
    const event = made.get(about) ?? make(about, events);
    made.set(about, event);
    newest = { about, event };
    return event;
  };
}

const sharedEntry = madeOnce<EntryRow>((entry, events) => ({
  typename: typenames[entry.kind],
  judge: (tx, viewers) => events.receivers(tx, entry, viewers),
  isKnown: () => events.isKnown(entry),
}));

const sharedMessage = madeOnce<MessagePlace>((place, events) => ({
  typename: 'Message',
  judge: (tx, viewers) => events.readers(tx, place, viewers),
  isKnown: () => place.entry !== null && events.isKnown(place.entry),
  placeOf: (tx) => messageIdAt(tx, place),
}));

/** A word about streams is the same for all who are told it of one snapshot: nobody's rights decide about it. */
const wordOf = (typename: string) => madeOnce<object>(() => ({ typename, judge: async () => 'EVERYBODY' }));
const sharedWord = { CAUGHT_UP: wordOf('CaughtUp'), RESET: wordOf('SyncReset') };

builder.subscriptionFields((t) => ({
  events: t.field({
    type: EventRef,
    authScopes: { session: true },
    description:
      'Everything that happens to the viewer. Without `after`: CaughtUp, then live. With it: everything missed since, CaughtUp, then live; no gap, no repeat. ' +
      '`connectionParams.cursor` takes the place of `after` where it is newer or there is no `after`, so that a client that reconnects by itself resumes by itself.',
    args: { after: t.arg.string({ description: 'The cursor of the last event that was received, or `viewer.cursor`.' }) },
    subscribe: (_root, { after }, context) => {
      const viewer = requireViewer(context);
      const { events } = context.services;
      const cursors = [context.connection?.cursor, after].filter((cursor) => typeof cursor === 'string');
      return events.stream(viewer, cursors, ({ kind, at, entry, moment, cursor: position }): EventPayload => {
        if (kind !== 'ENTRY') return { kind, at, entry, position, shared: sharedWord[kind](moment, events) };
        if (entry === null) throw new Error('an event of an entry has lost it');
        if (entry.logId === viewer.userId) return { kind, at, entry, position, prepare: (tx) => events.mayReceive(tx, viewer, entry) };
        return { kind, at, entry, position, shared: sharedEntry(entry, events) };
      });
    },
    resolve: (payload) => payload,
  }),
  messages: t.field({
    type: MessageRef,
    authScopes: { session: true },
    description:
      'One conversation: each message sent or changed since `afterRev`, once, as it is now, in the order of rev; then live. Without it: live from now on. ' +
      'It may repeat after a reconnect: keep the copy with the higher rev. It completes when the viewer stops being a member.',
    args: {
      conversationId: t.arg.id({ required: true, description: 'The conversation.' }),
      afterRev: t.arg.int({ description: 'The highest rev that the client holds of this conversation.' }),
    },
    subscribe: async (_root, { conversationId, afterRev }, context) => {
      const viewer = requireViewer(context);
      const uuid = uuidOf('Conversation', conversationId);
      const id = uuid === null ? null : await context.read((tx) => findMembership(tx, viewer.userId, uuid));
      if (id === null) throw new AppError('NOT_FOUND');
      const { events } = context.services;
      const show = (place: MessagePlace): MessagePayload => ({ ...place, shared: sharedMessage(place, events) });
      return await events.messages(viewer, id, afterRev ?? null, show);
    },
    resolve: async (place, _args, context) => {
      const message = await messageLoader(context).load(placeKey(place));
      if (!message) throw new AppError('NOT_FOUND');
      return message;
    },
  }),
}));
