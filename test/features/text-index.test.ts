import { describe, expect, it } from 'vitest';
import { createClockService } from '../../src/features/log/clock.service.ts';
import { createLogService } from '../../src/features/log/log.service.ts';
import { createIndexJob } from '../../src/features/message-index/index-job.service.ts';
import { uuidOf } from '../../src/kernel/ids.ts';
import { createMemoryBus } from '../../src/platform/bus.memory.ts';
import { EditMessageDocument, RecallMessageDocument } from '../generated/graphql.ts';
import { startApp } from '../support/app.ts';
import { present } from '../support/client.ts';
import { indexedPair, insertTexts, patient, pauseIndex, search, storedGrams, texts } from '../support/indexing.ts';
import { makeFriends, registerUser, sendText } from '../support/people.ts';

describe('the index of texts', () => {
  it('is written behind the messages, and what it has not come to is found all the same', async () => {
    const { one, other, conversationId, database, indexed } = await indexedPair(await startApp());
    const index = await pauseIndex(database);
    const sent: string[] = [];
    const sendMore = async (upTo: number) => {
      for (let seq = sent.length + 2; seq <= upTo; seq += 1) sent.push((await sendText(one, conversationId, `text of ${seq} 消息`)).id);
    };
    const edit = (seq: number) => one.ask(EditMessageDocument, { id: present(sent[seq - 2]), content: { text: `other words of ${seq}` } });
    const recall = (seq: number) => one.ask(RecallMessageDocument, { id: present(sent[seq - 2]) });
    const found = async (keyword: string) => (await texts(other, keyword)).toSorted();
    const grammed = async (seq: number) => (await storedGrams(database)).get(seq) ?? [];
    await sendMore(40);
    expect(await indexed()).toBe(1);
    expect(await grammed(33)).toEqual([]);
    for (const seq of [5, 35]) await edit(seq);
    for (const seq of [6, 36]) await recall(seq);
    const check = async () => {
      for (const seq of [5, 35, 6, 36]) expect(await found(`of ${seq} 消`)).toEqual([]);
      for (const seq of [4, 7, 32, 33, 40]) expect(await found(`of ${seq} 消`)).toEqual([`text of ${seq} 消息`]);
      expect(await found('other words')).toEqual(['other words of 35', 'other words of 5']);
      expect(await search(other, '消')).toHaveLength(sent.length - 4);
    };
    await check();
    await index.begin();
    await expect.poll(indexed, patient).toBe(40);
    await check();
    await sendMore(60);
    await expect.poll(indexed, patient).toBe(60);
    await check();
    expect(await grammed(32)).not.toEqual([]);
    for (const seq of [6, 36]) expect(await grammed(seq)).toEqual([]);
    await edit(40);
    expect(await found('of 40 消')).toEqual([]);
    expect(await found('words of 40')).toEqual(['other words of 40']);
  });

  it('is made up for by a search that finds it far behind', async () => {
    const { one, conversationId, database, indexed } = await indexedPair(await startApp());
    for (let count = 1; count <= 64; count += 1) await sendText(one, conversationId, `number ${count}`);
    await expect.poll(indexed, patient).toBe(65);
    await database.transaction(async (tx) => {
      // As if all were done, as after a restore of a part.
      await tx.db
        .updateTable('SearchProgress')
        .set({ epoch: 2 ** 50 })
        .execute();
      await tx.db.updateTable('Conversation').set({ searchableSeq: null }).execute();
    });
    expect(await texts(one, 'number 64')).toEqual(['number 64']);
    await expect.poll(indexed, patient).toBe(65);
  });

  it('is what a search stands on where very much is not in it: of that the newest is read, and no more', async () => {
    const { other, one, database } = await indexedPair(await startApp());
    await pauseIndex(database);
    await insertTexts(database, one, 4000, (seq) => `ordinary message ${seq}`);
    expect(await texts(other, 'message 4000')).toEqual(['ordinary message 4000']);
    expect(await texts(other, 'message 2002')).toEqual(['ordinary message 2002']);
    expect(await texts(other, 'message 2001')).toEqual([]);
  });

  it('catches up with a burst in large portions, in which others are answered', async () => {
    const app = await startApp();
    const { other, one, database, indexed } = await indexedPair(app);
    const index = await pauseIndex(database);
    await insertTexts(database, one, 10_000, (seq) => `an ordinary message of some forty letters, ${seq}`);
    await index.begin();
    let slowest = 0;
    const start = performance.now();
    const answered = async () => {
      const began = performance.now();
      await fetch(new URL('/healthz', app.url));
      slowest = Math.max(slowest, performance.now() - began);
      return await indexed();
    };
    await expect.poll(answered, { timeout: 25_000, interval: 10 }).toBe(10_001);
    // Whoever asks does not wait until it is through.
    expect(slowest).toBeLessThan((performance.now() - start) / 3);
    expect(await texts(other, 'letters, 7777')).toEqual(['an ordinary message of some forty letters, 7777']);
  });

  it('while people write, a server gets few portions, half a second apart, and SQLite small ones soon after each other', async () => {
    const app = await startApp();
    const { one, database, indexed } = await indexedPair(app);
    const index = await pauseIndex(database);
    await insertTexts(database, one, 2000, (seq) => `an ordinary message of some forty letters, ${seq}`);
    await app.stop();
    await index.begin();
    const bus = createMemoryBus();
    const log = createLogService(database, bus);
    const clock = createClockService(database, { replayMs: 1_000_000, closeMs: 1000 });
    const begun: number[] = [];
    const write: typeof log.write = async (work, options) => {
      await database.transaction(async (tx) => {
        const { now } = await clock.read(tx);
        await tx.db.updateTable('Log').set({ activeAt: now }).execute();
      });
      begun.push(performance.now());
      return await log.write(work, options);
    };
    await createIndexJob({ database, log: { ...log, write }, clock, onFault: () => {} }).run();
    expect(await indexed()).toBe(2001);
    const apart = begun.slice(1).map((at, place) => at - (begun[place] ?? at));
    if (database.dialect.name === 'sqlite') expect(begun.length).toBeGreaterThan(8);
    else expect([begun.length <= 8, apart.filter((ms) => ms < 400)]).toEqual([true, []]);
    await bus.close();
  });

  it('begins with a little of what is behind: who comes just then does not wait for a large portion', async () => {
    const app = await startApp();
    const { one, database, indexed } = await indexedPair(app);
    const index = await pauseIndex(database);
    await insertTexts(database, one, 2000, (seq) => `an ordinary message of some forty letters, ${seq}`);
    await app.stop();
    await index.begin();
    const bus = createMemoryBus();
    const log = createLogService(database, bus);
    const places: (number | null)[] = [];
    const write: typeof log.write = async (work, options) => {
      const outcome = await log.write(work, options);
      places.push(await indexed());
      return outcome;
    };
    const faults: unknown[] = [];
    const clock = createClockService(database, { replayMs: 1_000_000, closeMs: 1000 });
    await createIndexJob({ database, log: { ...log, write }, clock, onFault: (error) => faults.push(error) }).run();
    expect(faults).toEqual([]);
    expect(places.at(-1)).toBe(2001);
    // On a server nobody waits for it but who takes one of these back: it begins with what is taken of a conversation at once.
    expect(places.find((place) => place !== 1)).toBeLessThan(database.dialect.name === 'sqlite' ? 50 : 520);
    await bus.close();
  });

  it('comes first to where somebody has searched', async () => {
    const app = await startApp();
    const { one, database } = await indexedPair(app);
    const index = await pauseIndex(database);
    await insertTexts(database, one, 2000, (seq) => `an ordinary message of some forty letters, ${seq}`);
    const third = await registerUser(app);
    await makeFriends(one, third);
    const { conversation } = await sendText(one, third.user.id, 'somewhere else');
    await app.stop();
    await index.begin();
    const asked = await database.read((tx) =>
      tx.db
        .selectFrom('Conversation')
        .select('id')
        .where('uuid', '=', uuidOf('Conversation', conversation.id) ?? '')
        .executeTakeFirstOrThrow(),
    );
    const bus = createMemoryBus();
    const log = createLogService(database, bus);
    const order: number[] = [];
    const write: typeof log.write = async (work, options) => {
      const outcome = await log.write(work, options);
      const behind = await database.read((tx) => tx.db.selectFrom('Conversation').select(['id', 'searchableSeq']).execute());
      for (const { id, searchableSeq } of behind) if (Number(searchableSeq) >= (id === asked.id ? 1 : 2001) && !order.includes(id)) order.push(id);
      return outcome;
    };
    const clock = createClockService(database, { replayMs: 1_000_000, closeMs: 1000 });
    const job = createIndexJob({ database, log: { ...log, write }, clock, onFault: (error) => expect(error).toBeUndefined() });
    job.due(asked.id);
    await job.run();
    expect(order).toHaveLength(2);
    expect(order[0]).toBe(asked.id);
    await bus.close();
  });

  it('takes long texts in small transactions, by their length', async () => {
    const { one, database, indexed } = await indexedPair(await startApp());
    const index = await pauseIndex(database);
    const letters = (seq: number) => Array.from({ length: 5000 }, (_, at) => String.fromCodePoint(0x4e00 + ((seq * 7919 + at * 104_729) % 20_000))).join('');
    await insertTexts(database, one, 32, letters);
    const places: (number | null)[] = [];
    await index.begin();
    const look = async () => {
      const place = await indexed();
      places.push(place);
      return place;
    };
    await expect.poll(look, { timeout: 20_000, interval: 5 }).toBe(33);
    expect(new Set(places).size).toBeGreaterThan(3);
  });
});
