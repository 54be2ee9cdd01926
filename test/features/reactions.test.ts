import { sql } from 'kysely';
import { beforeAll, describe, expect, it } from 'vitest';
import { insertAll } from '../../src/platform/bulk.ts';
import {
  BlockUserDocument,
  CarriedDocument,
  CarriedEventsDocument,
  ReactDocument,
  ReactorsDocument,
  RecallCarriedDocument,
  RecallMessageDocument,
  UnreactDocument,
} from '../generated/graphql.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { codesOf, present, refusalsOf } from '../support/client.ts';
import { idsOf, insertUsers, openTables } from '../support/groups.ts';
import { type Person, registerTwo, registerUser, sendText } from '../support/people.ts';
import { watchStatements } from '../support/statements.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});

const react = (person: Person, messageId: string, emoji: string) => person.execute(ReactDocument, { messageId, emoji });
const unreact = (person: Person, messageId: string, emoji: string) => person.execute(UnreactDocument, { messageId, emoji });
/** Each reaction to a message as one person sees it: how many, whether the person did, who. */
async function reactionsOf(person: Person, id: string) {
  const { node } = await person.ask(CarriedDocument, { id });
  if (node?.__typename !== 'Message') throw new Error('there is no such message');
  return node.reactions.map(({ emoji, count, viewerReacted, users }) => [emoji, count, viewerReacted, users.map((user) => user.id)]);
}

/** Two who have written to each other, and the first message. */
async function acquainted() {
  const [one, other] = await registerTwo(app);
  const message = await sendText(one, other.user.id, 'first');
  await sendText(other, one.user.id, 'second');
  return { one, other, message };
}

describe('react and unreact', () => {
  it('are seen by both, each with their own viewerReacted', async () => {
    const { one, other, message } = await acquainted();
    await react(other, message.id, '👍');
    await react(one, message.id, '❤️');
    const answer = present((await react(one, message.id, '👍')).data?.react);
    expect(answer).toMatchObject({ rev: 5, content: { text: 'first' } });
    const [mine, theirs] = [one.user.id, other.user.id];
    expect(await reactionsOf(one, message.id)).toEqual([
      ['👍', 2, true, [theirs, mine]],
      ['❤️', 1, true, [mine]],
    ]);
    expect(await reactionsOf(other, message.id)).toEqual([
      ['👍', 2, true, [theirs, mine]],
      ['❤️', 1, false, [mine]],
    ]);
    expect((await unreact(one, message.id, '❤️')).data?.unreact).toMatchObject({ rev: 6, reactions: [{ emoji: '👍', count: 2 }] });
    expect(await reactionsOf(other, message.id)).toEqual([['👍', 2, true, [theirs, mine]]]);
  });

  it('come as MessageChanged, as each reader sees it', async () => {
    const { one, other, message } = await acquainted();
    const streams = [one, other].map((person) => person.socket().subscribe(CarriedEventsDocument, {}));
    for (const stream of streams) await stream.next();
    await react(other, message.id, '👍');
    for (const [index, stream] of streams.entries())
      expect((await stream.next()).events).toMatchObject({
        __typename: 'MessageChanged',
        message: { id: message.id, rev: 3, reactions: [{ emoji: '👍', count: 1, viewerReacted: index === 1, users: [{ id: other.user.id }] }] },
      });
    await unreact(other, message.id, '👍');
    for (const stream of streams) expect((await stream.next()).events).toMatchObject({ __typename: 'MessageChanged', message: { rev: 4, reactions: [] } });
  });

  it('again change nothing and tell nobody', async () => {
    const { one, other, message } = await acquainted();
    const stream = other.socket().subscribe(CarriedEventsDocument, {});
    await stream.next();
    const first = (await react(one, message.id, '👍')).data;
    expect((await react(one, message.id, '👍')).data).toEqual(first);
    const gone = (await unreact(one, message.id, '👍')).data;
    expect((await unreact(one, message.id, '👍')).data).toEqual(gone);
    expect((await sendText(one, other.user.id, 'end')).rev).toBe(5);
    expect([(await stream.next()).events, (await stream.next()).events, (await stream.next()).events].map(({ __typename }) => __typename)).toEqual([
      'MessageChanged',
      'MessageChanged',
      'MessageSent',
    ]);
  });

  it('take exactly one emoji, and tell those apart that look alike to a database', async () => {
    const { one, other, message } = await acquainted();
    const emoji = ['👩🏽‍❤️‍💋‍👨🏿', '🏴󠁧󠁢󠁥󠁮󠁧󠁿', '👨‍👩‍👧‍👦', '🇨🇳', '1️⃣', '🍺', '🍣', '👍', '👍🏽', '©️'];
    for (const one of emoji) {
      const fresh = await sendText(other, message.conversation.id, 'x');
      expect((await react(other, fresh.id, one)).data?.react?.reactions).toMatchObject([{ emoji: one, count: 1 }]);
    }
    for (const alike of ['🍺', '🍣', '👍🏽']) await react(one, message.id, alike);
    expect((await reactionsOf(one, message.id)).map(([shown]) => shown)).toEqual(['🍺', '🍣', '👍🏽']);
    const wrong = [
      '👍\u0301',
      '👍\u034f',
      '👍\u200c',
      '👍\ufe00',
      '👍\u{e0067}\u{e007f}',
      '🏴\u{e0047}\u{e0042}\u{e0045}\u{e004e}\u{e0047}\u{e007f}',
      '🏴\u{e007a}\u{e0020}\u{e007e}\u{e007f}',
      '🏴\u{e0067}\u{e007f}',
      '\u200d',
      '\ufe0f',
      '\ufe0f👍',
      '',
      ' ',
      'a',
      '7',
      '赞',
      'ok',
      '👍👍',
      '👍 ',
      '🇨',
      `👍${'\u200d👍'.repeat(8)}`,
      'é',
    ];
    for (const text of wrong)
      for (const answer of [await react(one, message.id, text), await unreact(one, message.id, text)])
        expect([text, ...refusalsOf(answer)]).toEqual([text, ['BAD_USER_INPUT', 'emoji']]);
  });

  it.each([
    ['👍\ufe0f', '👍'],
    ['❤', '❤\ufe0f'],
    ['❤\ufe0e', '❤\ufe0f'],
    ['1\u20e3', '1\ufe0f\u20e3'],
    ['👍\u200d', '👍'],
    ['👍', '👍\ufe0f\u200d'],
    ['👁\u200d🗨', '👁\ufe0f\u200d🗨\ufe0f'],
  ])('that look the same are one, shown as it came first: %j and %j (M10)', async (first, second) => {
    const { one, other, message } = await acquainted();
    await react(one, message.id, first);
    expect((await react(one, message.id, second)).data?.react?.rev).toBe(3);
    await react(other, message.id, second);
    const [mine, theirs] = [one.user.id, other.user.id];
    expect(await reactionsOf(one, message.id)).toEqual([[first, 2, true, [mine, theirs]]]);
    expect((await unreact(one, message.id, second)).errors).toEqual([]);
    expect(await reactionsOf(one, message.id)).toEqual([[first, 1, false, [theirs]]]);
    expect((await unreact(other, message.id, first)).data?.unreact?.reactions).toEqual([]);
    await react(other, message.id, second);
    expect(await reactionsOf(other, message.id)).toEqual([[second, 1, true, [theirs]]]);
  });

  it('that look the same and were stored apart before are shown as one and taken away together (M10)', async () => {
    const { one, other, message } = await acquainted();
    await react(one, message.id, '👍\ufe0f');
    const database = await openTables(app);
    const [mine = 0, theirs = 0] = await idsOf(database, [one.user, other.user]);
    await database.transaction(async (tx) => {
      const { conversationId, seq, at } = await tx.db.selectFrom('Reaction').selectAll().where('userId', '=', mine).executeTakeFirstOrThrow();
      const row = (userId: number, emoji: string, later: number) => ({
        conversationId,
        seq,
        userId,
        emojiHex: Buffer.from(emoji).toString('hex'),
        at: at + later,
      });
      // The last one counted as an emoji once.
      await tx.db
        .insertInto('Reaction')
        .values([row(mine, '👍', 1), row(mine, '👍\u200d', 2), row(theirs, '👍', 3), row(theirs, '🎉', 4), row(mine, '👍\u0301', 5)])
        .execute();
    });
    const ids = [one.user.id, other.user.id];
    expect(await reactionsOf(one, message.id)).toEqual([
      ['👍\ufe0f', 2, true, ids],
      ['🎉', 1, false, [other.user.id]],
      ['👍\u0301', 1, true, [one.user.id]],
    ]);
    // Of one person they count once towards the three.
    expect((await react(one, message.id, '😀')).errors).toEqual([]);
    expect((await unreact(one, message.id, '👍\u0301')).errors).toEqual([]);
    expect((await unreact(one, message.id, '👍')).errors).toEqual([]);
    expect((await reactionsOf(one, message.id)).map(([emoji, count]) => [emoji, count])).toEqual([
      ['👍', 1],
      ['🎉', 1],
      ['😀', 1],
    ]);
  });

  it('are at most 3 of one person', async () => {
    const { one, other, message } = await acquainted();
    for (const emoji of ['😀', '😁', '😂']) await react(one, message.id, emoji);
    expect(refusalsOf(await react(one, message.id, '🤣'))).toEqual([['BAD_USER_INPUT', 'emoji']]);
    expect((await react(other, message.id, '🤣')).errors).toEqual([]);
    await unreact(one, message.id, '😀');
    expect((await react(one, message.id, '🤣')).data?.react?.reactions.map(({ emoji, count }) => [emoji, count])).toEqual([
      ['😁', 1],
      ['😂', 1],
      ['🤣', 2],
    ]);
  });

  it('are for members only; to strangers the message does not exist', async () => {
    const { message } = await acquainted();
    const stranger = await registerUser(app);
    for (const work of [react, unreact]) {
      const refused = await work(stranger, message.id, '👍');
      expect(codesOf(refused)).toEqual(['NOT_FOUND']);
      for (const id of ['x', message.conversation.id]) expect((await work(stranger, id, '👍')).errors).toEqual(refused.errors);
    }
  });

  it('are gone with a recall, and a recalled message takes none', async () => {
    const { one, other, message } = await acquainted();
    await react(other, message.id, '👍');
    expect((await one.ask(RecallCarriedDocument, { id: message.id })).recallMessage).toMatchObject({ content: null, reactions: [] });
    expect(codesOf(await react(other, message.id, '👍'))).toEqual(['NOT_FOUND']);
    expect((await unreact(other, message.id, '👍')).data?.unreact).toMatchObject({ rev: 4, reactions: [] });
  });

  it('are refused where a message would be; taking one away is not', async () => {
    const { one, other, message } = await acquainted();
    await react(one, message.id, '👍');
    await other.ask(BlockUserDocument, { userId: one.user.id });
    expect(codesOf(await react(one, message.id, '😀'))).toEqual(['BLOCKED']);
    expect(codesOf(await react(other, message.id, '😀'))).toEqual(['BLOCKED_BY_YOU']);
    expect((await react(one, message.id, '👍')).errors).toEqual([]);
    expect((await unreact(one, message.id, '👍')).data?.unreact?.reactions).toEqual([]);
  });

  it('against a recall at the same moment: when the recall has answered, none is left and none comes', async () => {
    const { one, other, message } = await acquainted();
    for (let round = 0; round < 4; round += 1) {
      const { id } = await sendText(one, message.conversation.id, 'hello');
      const early = ['😀', '😁', '😂'].map((emoji) => react(other, id, emoji));
      await one.ask(RecallMessageDocument, { id });
      expect(await reactionsOf(other, id)).toEqual([]);
      await Promise.all(early);
      expect(await reactionsOf(other, id)).toEqual([]);
    }
  });

  it('list whoever reacted first before the others, as many as are asked for', async () => {
    const { one, other, message } = await acquainted();
    await react(other, message.id, '👍');
    await react(one, message.id, '👍');
    const users = async (first?: number) => {
      const { node } = await one.ask(ReactorsDocument, { id: message.id, ...(first !== undefined && { first }) });
      return node?.__typename === 'Message' ? node.reactions.map((reaction) => reaction.users.map((user) => user.id)) : [];
    };
    expect(await users()).toEqual([[other.user.id, one.user.id]]);
    expect(await users(1)).toEqual([[other.user.id]]);
    expect(refusalsOf(await one.execute(ReactorsDocument, { id: message.id, first: 101 }))).toEqual([['BAD_USER_INPUT', 'first']]);
  });

  it('find those who reacted first among hundreds without reading all of them', async () => {
    const { one, message } = await acquainted();
    await react(one, message.id, '👍');
    const database = await openTables(app);
    const users = await insertUsers(database, 300);
    const [userId = 0] = await idsOf(database, [one.user]);
    await database.transaction(async (tx) => {
      const { conversationId, seq, emojiHex, at } = await tx.db.selectFrom('Reaction').selectAll().where('userId', '=', userId).executeTakeFirstOrThrow();
      // Who comes later has the lower number of the two who came in the same moment.
      const later = users.map(({ id }, index) => ({ conversationId, seq, emojiHex, userId: id, at: at + users.length - (index >> 1) }));
      await insertAll(tx, 'Reaction', later);
    });
    const statements = watchStatements();
    const { node } = await one.ask(ReactorsDocument, { id: message.id, first: 4 });
    const globalIdOf = (index: number) => Buffer.from(`User:${users[index]?.uuid}`).toString('base64url');
    const shown = node?.__typename === 'Message' ? node.reactions.map((reaction) => reaction.users.map((user) => user.id)) : [];
    expect(shown).toEqual([[one.user.id, globalIdOf(298), globalIdOf(299), globalIdOf(296)]]);
    const reading = present(statements.take().find((text) => /\breaction\b/.test(text) && /\blimit\b/.test(text)));
    const plan = await database.read(async (tx) => {
      const explain = tx.dialect.name === 'sqlite' ? 'explain query plan ' : 'explain ';
      const { rows } = await sql.raw<Record<string, unknown>>(explain + reading.replaceAll('?', "'1'")).execute(tx.db);
      return rows.map((row) => JSON.stringify(row)).join('\n');
    });
    expect(plan).not.toMatch(/TEMP B-TREE|filesort/);
  });
});
