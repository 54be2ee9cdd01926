import { expect } from 'vitest';
import {
  CursorDocument,
  DissolveGroupDocument,
  EditMessageDocument,
  EventsDocument,
  type EventsSubscription,
  InviteToGroupDocument,
  RecallMessageDocument,
  RemoveMemberDocument,
} from '../generated/graphql.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { present } from '../support/client.ts';
import { createGroup, memberIdOf } from '../support/groups.ts';
import { makeFriends, type Person, registerTwo, registerUser, sendText } from '../support/people.ts';
import type { Stream } from '../support/socket.ts';
import type { Change, ServerBuild } from './build.ts';
import { littleRoom, openSlowReader } from './slow-reader.ts';

const fanOut = 'server/fanout/fan-out.ts';
const reading = 'server/fanout/event-batch.ts';
const rights = 'features/events/event.service.ts';

/** The rules of what a frame shows, broken: all places of the sources on which the scenarios below stand. */
const broken = {
  /** Reads for a reader who has no room, and waits with what it has read. */
  readsBeforeRoom: [
    { file: fanOut, was: '    if (!outlet.hasRoom()) {\n', is: '    if (feed === null) {\n' },
    {
      file: fanOut,
      was: '      if (!outlet.hasRoom()) break;\n',
      is: '      if (!outlet.hasRoom()) {\n        feed.drop(done);\n        reader.listed -= done;\n        return outlet.onRoom(() => send(reader, reading));\n      }\n',
    },
  ],
  /** Judges who may have an event when it comes, and reads what it shows later, for whoever was a member then. */
  judgesBefore: [
    {
      file: fanOut,
      was: '    if (!outlet.hasRoom()) {\n',
      is: `    for (const { shared } of feed.waiting)
      if (shared && !shared.early) shared.early = snapshot((tx) => shared.judge(tx, () => [reader.viewer])).then((known) => (shared.known = known));
    if (!outlet.hasRoom()) {\n`,
    },
    // Not within the snapshot: where there is one connection, each would wait for the other.
    {
      file: fanOut,
      was: '      reading = await snapshot(',
      is: `      for (const { feed, listed } of batch.readers) for (const { shared } of feed.waiting.slice(0, listed)) await shared?.early;
      reading = await snapshot(`,
    },
    { file: reading, was: 'await shared.judge(tx, viewers)', is: 'shared.known ?? (await shared.judge(tx, viewers))' },
    {
      file: 'features/conversations/conversation.service.ts',
      was: "      .where('m.active', '=', 1)\n      .where('c.dissolvedAt', 'is', null)\n  );\n}\n\nconst viewsOfOne",
      is: "      .where('c.dissolvedAt', 'is', null)\n  );\n}\n\nconst viewsOfOne",
    },
  ],
  /** Shows a message that has changed since, which comes again at its new place. */
  showsChanged: [{ file: rights, was: 'if (found !== rev) return () => false;', is: 'if (!found) return () => false;' }],
  /** Tells of changes to messages from before the join. */
  forgetsFromSeq: [{ file: rights, was: '(seq === null || seq >= fromSeq)', is: 'seq !== 0' }],
  /** Tells of what happened in a group before it was dissolved. */
  forgetsDissolving: [{ file: rights, was: 'dissolvedAt === null ? rev >= stateRev', is: 'dissolvedAt !== undefined ? rev >= stateRev' }],
} as const satisfies Record<string, readonly Change[]>;

/** An interleaving that shows somebody what they must not see, or shows it twice, where one rule of frames is broken. */
interface FrameScenario {
  /** What holds by the rule. */
  readonly promise: string;
  run(app: TestApp): Promise<void>;
  /** The rule, broken. */
  readonly variant: readonly Change[];
}

/** Runs a scenario on a server with little room for slow readers; fails where the promise is broken. */
export async function playOn(scenario: FrameScenario, build: ServerBuild): Promise<void> {
  await scenario.run(await startApp(littleRoom, {}, build.createApp));
}

const selection = `__typename
  ... on MessageSent { message { seq content { text } conversation { rev unreadCount lastMessage { content { text } } } } }
  ... on MessageChanged { message { seq content { text } } }
  ... on ConversationGone { rev }`;
const events = `subscription { events { ${selection} } }`;

/** A frame of `events` in short: what happened, to which message, and its text. An error stays as it is. */
function shortOf(payload: unknown): unknown {
  const { data, errors } = JSON.parse(JSON.stringify(payload));
  if (errors) return { errors };
  const { __typename, message, rev } = data.events;
  return message ? [__typename, message.seq, message.content?.text ?? null] : [__typename, rev];
}

async function twoFriends(app: TestApp): Promise<readonly [Person, Person]> {
  const [one, other] = [await registerUser(app), await registerUser(app)];
  await makeFriends(one, other);
  return [one, other];
}

async function untilText(stream: Stream<EventsSubscription>, text: string): Promise<unknown[]> {
  const seen: unknown[] = [];
  while (!JSON.stringify(seen.at(-1) ?? null).includes(text)) seen.push(shortOf({ data: await stream.next(text) }));
  return seen;
}

/** What a frame shows beyond its place, and when that is read. */
export const frameScenarios: readonly FrameScenario[] = [
  {
    promise: 'a text that is recalled while its reader has no room is not in what the reader gets, by no subscription',
    async run(app) {
      const [sender, reader] = await registerTwo(app);
      const { conversation } = await sendText(sender, reader.user.id, 'hello');
      const messages = `subscription { messages(conversationId: "${conversation.id}", afterRev: 0) { seq content { text } } }`;
      const slow = await openSlowReader(reader, { events, messages });
      const { id } = await slow.sendPast(sender, conversation.id, 'SECRET');
      await sender.ask(RecallMessageDocument, { id });
      await sendText(sender, conversation.id, 'the end');
      expect((await slow.take('events', '"seq":4')).map(shortOf)).toEqual([
        ['MessageSent', 2, null],
        ['MessageSent', 3, 'next'],
        ['MessageChanged', 2, null],
        ['MessageSent', 4, 'the end'],
      ]);
      expect(await slow.take('messages', '"seq":4')).toEqual([
        { data: { messages: { seq: 3, content: { text: 'next' } } } },
        { data: { messages: { seq: 2, content: null } } },
        { data: { messages: { seq: 4, content: { text: 'the end' } } } },
      ]);
    },
    variant: broken.readsBeforeRoom,
  },
  {
    promise: 'whoever is removed while a frame waits gets nothing that is written after it, though the frame selects the last message',
    async run(app) {
      const [owner, reader] = await twoFriends(app);
      const { id } = await createGroup(owner, [reader]);
      const slow = await openSlowReader(reader, { events });
      await slow.sendPast(owner, id, 'before');
      await owner.ask(RemoveMemberDocument, { memberId: memberIdOf(id, reader) });
      await sendText(owner, id, 'SECRET');
      const frames = await slow.take('events', 'ConversationGone');
      expect(JSON.stringify(frames)).not.toContain('SECRET');
      expect(frames.map(shortOf)).toEqual([['ConversationGone', 5]]);
    },
    variant: broken.judgesBefore,
  },
  {
    promise: 'a message that is edited while its reader has no room comes with its new text, and in messages(afterRev) once',
    async run(app) {
      const [sender, reader] = await registerTwo(app);
      const { conversation } = await sendText(sender, reader.user.id, 'hello');
      const messages = `subscription { messages(conversationId: "${conversation.id}", afterRev: 0) { seq rev content { text } } }`;
      const slow = await openSlowReader(reader, { events, messages });
      const { id } = await slow.sendPast(sender, conversation.id, 'OLD');
      await sender.ask(EditMessageDocument, { id, content: { text: 'new' } });
      await sendText(sender, conversation.id, 'the end');
      expect((await slow.take('events', '"seq":4')).map(shortOf)).toEqual([
        ['MessageSent', 2, 'new'],
        ['MessageSent', 3, 'next'],
        ['MessageChanged', 2, 'new'],
        ['MessageSent', 4, 'the end'],
      ]);
      expect(await slow.take('messages', '"seq":4')).toEqual([
        { data: { messages: { seq: 3, rev: 3, content: { text: 'next' } } } },
        { data: { messages: { seq: 2, rev: 4, content: { text: 'new' } } } },
        { data: { messages: { seq: 4, rev: 5, content: { text: 'the end' } } } },
      ]);
    },
    variant: broken.showsChanged,
  },
  {
    promise: 'who joins a group hears nothing of changes to what was written before, live and by a replay',
    async run(app) {
      const [owner, reader] = await twoFriends(app);
      const { id } = await createGroup(owner, []);
      const old = [await sendText(owner, id, 'old'), await sendText(owner, id, 'older')] as const;
      const cursor = present((await reader.ask(CursorDocument, {})).viewer).cursor;
      const live = reader.socket().subscribe(EventsDocument, {});
      await live.next('CaughtUp');
      await owner.ask(InviteToGroupDocument, { conversationId: id, userIds: [reader.user.id] });
      await owner.ask(EditMessageDocument, { id: old[0].id, content: { text: 'SECRET' } });
      await owner.ask(RecallMessageDocument, { id: old[1].id });
      await sendText(owner, id, 'the end');
      for (const stream of [live, reader.socket().subscribe(EventsDocument, { after: cursor })])
        expect(await untilText(stream, 'the end')).toEqual([
          ['MessageSent', 4, expect.any(String)],
          ['MembersChanged', undefined],
          ['MessageSent', 5, 'the end'],
        ]);
    },
    variant: broken.forgetsFromSeq,
  },
  {
    promise: 'of a group that is dissolved while a frame waits only that is told, live and by a replay',
    async run(app) {
      const [owner, reader] = await twoFriends(app);
      const { id } = await createGroup(owner, [reader]);
      const cursor = present((await reader.ask(CursorDocument, {})).viewer).cursor;
      const slow = await openSlowReader(reader, { events });
      await slow.sendPast(owner, id, 'before');
      await owner.ask(DissolveGroupDocument, { conversationId: id });
      expect((await slow.take('events', 'ConversationGone')).map(shortOf)).toEqual([['ConversationGone', 5]]);
      const replay = reader.socket().subscribe(EventsDocument, { after: cursor });
      expect(await untilText(replay, 'CaughtUp')).toEqual([
        ['ConversationGone', 5],
        ['CaughtUp', undefined],
      ]);
    },
    variant: broken.forgetsDissolving,
  },
];
