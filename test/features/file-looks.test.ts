import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { AppError } from '../../src/kernel/errors.ts';
import { createData, startApp } from '../support/app.ts';
import { createFakeLooker, plainFacts } from '../support/fake-looker.ts';
import { idsOf, openTables } from '../support/groups.ts';
import { keyIn } from '../support/hidden-things.ts';
import { type Person, registerUser, registerVisitor } from '../support/people.ts';
import { createQueue } from '../support/queue.ts';
import { announce, listen, pixel, readUpload, sendBytes } from '../support/uploads.ts';

it('what a node looked at that has died is taken up when its lease is over, and not before', async () => {
  const data = await createData({ migrated: true });
  const looker = createFakeLooker();
  const node = await startApp(data, { fileLooker: looker });
  const tables = await openTables(node);
  const person = await registerUser(node);
  const events = await listen(person);
  const [first, second] = [await announce(person, { kind: 'FILE' }), await announce(person, { kind: 'FILE' })];
  const set = (values: { readonly lookedUntil: number; readonly looks?: number }) =>
    tables.transaction((tx) => tx.db.updateTable('File').set(values).where('uuid', '=', keyIn(first.id)).execute());
  // As if a node had begun to look at the first one and died.
  await set({ lookedUntil: Date.now() + 3_600_000, looks: 1 });
  await sendBytes(node, first, pixel);
  await sendBytes(node, second, pixel);
  expect((await events.over(second.id)).state).toBe('READY');
  expect([looker.jobs.length, (await readUpload(person, first.id))?.state]).toEqual([1, 'CHECKING']);
  await set({ lookedUntil: Date.now() - 1 });
  expect((await events.over(first.id)).state).toBe('READY');
});

it('a file with which three nodes have died is refused, and looked at by no fourth one', async () => {
  const looker = createFakeLooker();
  const node = await startApp({}, { fileLooker: looker });
  const tables = await openTables(node);
  const person = await registerUser(node);
  const events = await listen(person);
  const announced = await announce(person, { kind: 'FILE' });
  await tables.transaction((tx) => tx.db.updateTable('File').set({ looks: 3 }).where('uuid', '=', keyIn(announced.id)).execute());
  await sendBytes(node, announced, pixel);
  expect(await events.over(announced.id)).toMatchObject({ state: 'REFUSED', reason: 'FILE_TYPE' });
  expect(looker.jobs.length).toBe(0);
});

it('a store that is away keeps a file waiting, and what comes after it; then all are ready', async () => {
  let isAway = true;
  const asked = createQueue<string>('the store');
  const node = await startApp(
    {},
    {
      fileLooker: createFakeLooker((job) => plainFacts(job)),
      wrapFileStore: (store) => ({
        ...store,
        uploads: store.uploads,
        fetch: async (key, path) => {
          asked.push(key);
          if (isAway) throw new AppError('UNAVAILABLE');
          await store.fetch(key, path);
        },
      }),
    },
  );
  const person = await registerUser(node);
  const events = await listen(person);
  const [first, second] = [await announce(person, { kind: 'FILE' }), await announce(person, { kind: 'FILE' })];
  for (const announced of [first, second]) await sendBytes(node, announced, pixel);
  await asked.next('the first try');
  await asked.next('the second try');
  isAway = false;
  const over = [await events.next(), await events.next(), await events.next(), await events.next()];
  expect(new Set(over.filter(({ state }) => state === 'READY').map(({ id }) => id))).toEqual(new Set([first.id, second.id]));
});

it('people take turns: of several who wait the next one is somebody of whom nothing is being looked at', async () => {
  const begun = createQueue<string>('looks');
  const ends = new Map<string, () => void>();
  const node = await startApp(
    {},
    {
      fileLooker: createFakeLooker(async (job) => {
        const name = await readFile(job.path, 'utf8');
        const { promise, resolve } = Promise.withResolvers<void>();
        ends.set(name, resolve);
        begun.push(name);
        await promise;
        return await plainFacts(job);
      }),
    },
  );
  const [many, one] = await Promise.all([registerUser(node), registerUser(node)]);
  const [ofMany, ofOne] = [await listen(many), await listen(one)];
  const send = async (person: Person, name: string) => {
    const announced = await announce(person, { kind: 'FILE', size: name.length });
    await sendBytes(node, announced, Buffer.from(name));
    return announced.id;
  };
  const ids = [await send(many, 'a1'), await send(many, 'a2'), await send(many, 'a3')];
  expect([await begun.next(), await begun.next()].toSorted()).toEqual(['a1', 'a2']);
  const last = await send(one, 'b1');
  ends.get('a1')?.();
  expect(await begun.next()).toBe('b1');
  ends.get('b1')?.();
  expect(await begun.next()).toBe('a3');
  for (const end of ends.values()) end();
  expect((await ofOne.over(last)).state).toBe('READY');
  // Those that end together are told in any order.
  const ready = new Set<string>();
  while (ready.size < ids.length) {
    const { id, state } = await ofMany.next();
    if (state === 'READY') ready.add(id);
  }
  expect(ready).toEqual(new Set(ids));
});

it('a lease goes on for as long as a node looks', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const looker = createFakeLooker(async (job) => {
    await promise;
    return await plainFacts(job);
  });
  const node = await startApp({ FILE_LOOK_LEASE_SECONDS: '1.5' }, { fileLooker: looker });
  const tables = await openTables(node);
  const person = await registerUser(node);
  const events = await listen(person);
  const announced = await announce(person, { kind: 'FILE' });
  await sendBytes(node, announced, pixel);
  const until = async () =>
    (await tables.read((tx) => tx.db.selectFrom('File').select('lookedUntil').where('uuid', '=', keyIn(announced.id)).executeTakeFirstOrThrow())).lookedUntil ??
    0;
  await expect.poll(until).toBeGreaterThan(0);
  const first = await until();
  // Longer than the lease that it had at first.
  await expect.poll(until, { timeout: 20_000 }).toBeGreaterThan(first + 1_500);
  resolve();
  expect((await events.over(announced.id)).state).toBe('READY');
  expect(looker.jobs.length).toBe(1);
});

it('a node that has no room of its own to look in lets go of the file', async () => {
  let isFull = true;
  const node = await startApp(
    { FILE_LOOK_LEASE_SECONDS: '1.5' },
    {
      fileLooker: createFakeLooker(),
      wrapFileStore: (store) => ({
        ...store,
        uploads: store.uploads,
        openFolder: async () => {
          if (isFull) throw new Error('ENOSPC');
          return await store.openFolder();
        },
      }),
    },
  );
  const tables = await openTables(node);
  const person = await registerUser(node);
  const events = await listen(person);
  const announced = await announce(person, { kind: 'FILE' });
  const row = () =>
    tables.read((tx) => tx.db.selectFrom('File').select(['looks', 'lookedUntil']).where('uuid', '=', keyIn(announced.id)).executeTakeFirstOrThrow());
  await sendBytes(node, announced, pixel);
  // Let go of, it is left alone for a while, and not as if it were looked at.
  await expect.poll(async () => ((await row()).lookedUntil ?? 0) > Date.now() + 10_000 && (await row()).looks === 0, { timeout: 20_000 }).toBe(true);
  isFull = false;
  await tables.transaction((tx) => tx.db.updateTable('File').set({ lookedUntil: 1 }).where('uuid', '=', keyIn(announced.id)).execute());
  expect((await events.over(announced.id)).state).toBe('READY');
});

it('a file whose maker is deleted meanwhile goes with them, and is not looked at again', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const begun = createQueue<string>('looks');
  const looker = createFakeLooker(async (job) => {
    begun.push(job.path);
    await promise;
    return await plainFacts(job);
  });
  const node = await startApp({}, { fileLooker: looker });
  const tables = await openTables(node);
  const visitor = await registerVisitor(node);
  const announced = await announce(visitor, { kind: 'FILE' });
  await sendBytes(node, announced, pixel);
  await begun.next('the look');
  const [userId = 0] = await idsOf(tables, [visitor.user]);
  await tables.transaction(async ({ db }) => {
    await db.deleteFrom('User').where('id', '=', userId).execute();
    await db.deleteFrom('Log').where('id', '=', userId).execute();
  });
  resolve();
  const state = async () =>
    (await tables.read((tx) => tx.db.selectFrom('File').select('state').where('uuid', '=', keyIn(announced.id)).executeTakeFirst()))?.state ?? 'GONE';
  await expect.poll(state, { timeout: 20_000 }).toBe('GONE');
  expect(looker.jobs.length).toBe(1);
});
