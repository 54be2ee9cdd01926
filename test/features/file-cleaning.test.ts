import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { createFileCleaning } from '../../src/features/files/file-cleaning.service.ts';
import { releaseFiles, requireOwnFiles, useFiles } from '../../src/features/files/file-use.service.ts';
import { AppError } from '../../src/kernel/errors.ts';
import { insertAll } from '../../src/platform/bulk.ts';
import type { Database } from '../../src/platform/database.ts';
import { createDiskFileStore } from '../../src/platform/file-store.disk.ts';
import type { FileStore } from '../../src/platform/file-store.ts';
import { CancelUploadDocument } from '../generated/graphql.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { codesOf, present } from '../support/client.ts';
import { createFakeLooker } from '../support/fake-looker.ts';
import { idsOf, openTables } from '../support/groups.ts';
import { globalId, keyIn } from '../support/hidden-things.ts';
import { closeLater } from '../support/lifetime.ts';
import { emptyFolder } from '../support/operator.ts';
import { type Person, registerUser, registerVisitor } from '../support/people.ts';
import { addressOf, announce, pixel, readUpload, sendBytes, upload } from '../support/uploads.ts';

const longAgo = Date.now() - 100 * 86_400_000;

let app: TestApp;
let tables: Database;
beforeAll(async () => {
  app = await startApp({ CLEAN_SECONDS: '0.2' }, { fileLooker: createFakeLooker() });
  tables = await openTables(app);
});

/** Lets the time of files be over, by the uuids in their ids. */
async function expire(...ids: readonly string[]): Promise<void> {
  const uuids = ids.map(keyIn);
  await tables.transaction((tx) => tx.db.updateTable('File').set({ expiresAt: longAgo }).where('uuid', 'in', uuids).execute());
}

const rowOf = async (id: string) => (await tables.read((tx) => tx.db.selectFrom('File').selectAll().where('uuid', '=', keyIn(id)).executeTakeFirst())) ?? null;

/** What is in the folder of the store, whatever it is, with this uuid in its path. */
function storedOf(id: string): string[] {
  const folder = folderOf(app);
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1))
    .filter((path) => path.includes(keyIn(id)));
}

const viewerOf = async ({ user }: Person) => {
  const [userId = 0] = await idsOf(tables, [user]);
  return { userId, uuid: user.uuid, role: 'USER', sessionId: 0, sessionUuid: '', actedBy: null } as const;
};

/** Shows a file in a place of its maker's own log; gives what takes it away again. */
async function show(person: Person, id: string, seq: number): Promise<() => Promise<void>> {
  const viewer = await viewerOf(person);
  const place = { logId: viewer.userId, seq };
  await tables.transaction(async (tx) => {
    const files = await requireOwnFiles(tx, viewer, [keyIn(id)], 'uploadIds');
    await useFiles(
      tx,
      place,
      files.map(({ id: fileId, kind }) => ({ fileId, kind })),
    );
  });
  return () => tables.transaction((tx) => releaseFiles(tx, place));
}

const folderOf = (of: TestApp) => join(readConfig(of.env).dataDir, 'files');
const diskOf = (of: TestApp) => createDiskFileStore(folderOf(of));

/** Makes files of somebody that are READY, with their bytes, and whose time is over. */
async function insertExpired(person: Person, count: number): Promise<string[]> {
  const [ownerId = 0] = await idsOf(tables, [person.user]);
  const uuids = Array.from({ length: count }, () => randomUUID());
  mkdirSync(join(folderOf(app), 'uploads'), { recursive: true });
  for (const uuid of uuids) writeFileSync(join(folderOf(app), 'uploads', uuid), 'x');
  const none = { reason: null, lookedUntil: null, looks: 0, saidDuration: null, coverId: null, width: null, height: null, duration: null, peaks: null };
  const common = { ...none, placeholder: null, publicKey: null, isKept: 0, isMade: 0, hasThumbnail: 0, isAnimated: 0 } as const;
  const row = {
    ...common,
    ownerId,
    kind: 'FILE',
    name: 'a',
    size: 1,
    state: 'READY',
    stateAt: longAgo,
    createdAt: longAgo,
    expiresAt: longAgo,
    mime: 'a/b',
    bytes: 1,
  } as const;
  await tables.transaction((tx) =>
    insertAll(
      tx,
      'File',
      uuids.map((uuid) => ({ ...row, uuid, clientId: uuid, clientKey: uuid })),
    ),
  );
  return uuids.map((uuid) => globalId('Upload', uuid));
}

const gone = async (id: string) => ({ row: await rowOf(id), stored: storedOf(id) });
const nothing = { row: null, stored: [] };

describe('what nothing shows', () => {
  it('is removed when its time is over: unused, half or refused; its bytes and then its row', async () => {
    const person = await registerUser(app);
    const [ready, half, empty] = [await upload(person), await announce(person), await announce(person)];
    await sendBytes(app, half, pixel.subarray(0, 5));
    for (const { id } of [ready, half]) expect(storedOf(id)).not.toEqual([]);
    await expire(ready.id, half.id, empty.id);
    for (const { id } of [ready, half, empty]) await expect.poll(() => gone(id), { timeout: 20_000 }).toEqual(nothing);
    expect(await readUpload(person, ready.id)).toBeNull();
    expect((await fetch(addressOf(app, present(ready.file).url))).status).toBe(404);
  });

  it('is removed at once when it is taken back', async () => {
    const person = await registerUser(app);
    const { id } = await upload(person);
    await person.ask(CancelUploadDocument, { id });
    await expect.poll(() => gone(id), { timeout: 20_000 }).toEqual(nothing);
  });

  it('stays until its time is over', async () => {
    const person = await registerUser(app);
    const [going, staying] = [await upload(person), await upload(person)];
    await expire(going.id);
    await expect.poll(() => gone(going.id), { timeout: 20_000 }).toEqual(nothing);
    expect(await rowOf(staying.id)).toMatchObject({ state: 'READY', isKept: 0 });
    expect(storedOf(staying.id).length).toBe(2);
  });
});

describe('what something shows', () => {
  it('stays whatever its time says, cannot be taken back, and goes with the last that shows it', async () => {
    const person = await registerUser(app);
    const { id, file } = await upload(person);
    const [first, second] = [await show(person, id, 1), await show(person, id, 2)];
    await expire(id);
    await expect.poll(() => rowOf(id)).toMatchObject({ state: 'READY', isKept: 1 });
    expect(codesOf(await person.execute(CancelUploadDocument, { id }))).toEqual(['NOT_FOUND']);
    await first();
    expect((await fetch(addressOf(app, present(file).url))).status).toBe(200);
    await second();
    // With the commit, before anything is removed.
    expect((await fetch(addressOf(app, present(file).url))).status).toBe(404);
    await expect.poll(() => gone(id), { timeout: 20_000 }).toEqual(nothing);
  });

  it('goes with a visitor who is not kept', async () => {
    const before = await startApp({}, { fileLooker: createFakeLooker() });
    const database = await openTables(before);
    const visitor = await registerVisitor(before);
    const { id } = await upload(visitor, { kind: 'AVATAR' });
    const [userId = 0] = await idsOf(database, [visitor.user]);
    const fileOf = () => database.read(({ db }) => db.selectFrom('File').select(['id', 'state']).where('uuid', '=', keyIn(id)).executeTakeFirst());
    await before.stop();
    await database.transaction(async (tx) => {
      const file = present(await tx.db.selectFrom('File').select('id').where('uuid', '=', keyIn(id)).executeTakeFirst());
      await useFiles(tx, { logId: userId, seq: 0 }, [{ fileId: file.id, kind: 'AVATAR' }]);
      await tx.db.updateTable('User').set({ createdAt: longAgo, lastSeenAt: longAgo }).where('id', '=', userId).execute();
      await tx.db.updateTable('Session').set({ createdAt: longAgo, refreshedAt: longAgo }).where('userId', '=', userId).execute();
    });
    await startApp({ ...before.env, CLEAN_SECONDS: '0.2' }, { fileLooker: createFakeLooker() });
    await expect.poll(fileOf, { timeout: 20_000 }).toBeUndefined();
    const left = await database.read(async ({ db }) => [
      ...(await db.selectFrom('FileUse').select('logId').where('logId', '=', userId).execute()),
      ...(await db.selectFrom('User').select('id').where('id', '=', userId).execute()),
    ]);
    expect(left).toEqual([]);
  });

  it('is never removed under it, whichever of the two comes first', async () => {
    const person = await registerUser(app);
    const faults: unknown[] = [];
    // All the time, so that it meets each use now before it, now after it, and now between its statements.
    const cleaning = createFileCleaning({ database: await openTables(app), store: diskOf(app), everyMs: 1, onFault: (error) => faults.push(error) });
    closeLater(() => cleaning.stop());
    cleaning.start();
    const outcomes = { shown: 0, removed: 0 };
    for (let round = 1; round <= 30; round += 1) {
      const ids = await insertExpired(person, 10);
      const attempts = await Promise.allSettled(ids.map((id, index) => show(person, id, round * 100 + index)));
      for (const [index, id] of ids.entries()) {
        if (attempts[index]?.status === 'fulfilled') {
          outcomes.shown += 1;
          expect([(await rowOf(id))?.state, storedOf(id).length]).toEqual(['READY', 1]);
        } else {
          outcomes.removed += 1;
          await expect.poll(() => gone(id), { timeout: 20_000 }).toEqual(nothing);
        }
      }
    }
    const uses = await tables.read(({ db }) =>
      db.selectFrom('FileUse as u').leftJoin('File as f', 'f.id', 'u.fileId').select(['u.fileId', 'f.state']).execute(),
    );
    expect(uses.filter(({ state }) => state !== 'READY')).toEqual([]);
    expect(faults).toEqual([]);
    for (const count of Object.values(outcomes)) expect(count, JSON.stringify(outcomes)).toBeGreaterThan(0);
  });
});

describe('once a day', () => {
  it('what the store has and no row knows is removed, when it is older than a day, and nothing else', async () => {
    const person = await registerUser(app);
    const kept = await upload(person);
    const ids = { old: randomUUID(), new: randomUUID() };
    const folder = folderOf(app);
    const put = (path: string, isOld: boolean) => {
      const whole = join(folder, path);
      mkdirSync(dirname(whole), { recursive: true });
      writeFileSync(whole, 'x');
      if (isOld) utimesSync(whole, new Date(longAgo), new Date(longAgo));
      return () => existsSync(whole);
    };
    const going = [put(`uploads/${ids.old}`, true), put(`files/${ids.old}/file`, true), put(`files/${ids.old}/thumbnail`, true)];
    // Of a picture that was made the upload itself goes, and what was made stays however old it is.
    going.push(put(`uploads/${keyIn(kept.id)}`, true));
    const staying = [put(`uploads/${ids.new}`, false), put('uploads/something-else', true), put('backup/of-somebody', true)];
    for (const part of ['file', 'thumbnail']) utimesSync(join(folder, 'files', keyIn(kept.id), part), new Date(longAgo), new Date(longAgo));
    await tables.transaction(async (tx) => {
      await tx.db.updateTable('File').set({ stateAt: longAgo }).where('uuid', '=', keyIn(kept.id)).execute();
      await tx.db.updateTable('CleaningProgress').set({ dueAt: 0 }).where('task', '=', 'stored files').execute();
    });
    await expect.poll(() => going.map((isThere) => isThere()), { timeout: 20_000 }).toEqual([false, false, false, false]);
    expect(staying.map((isThere) => isThere())).toEqual([true, true, true]);
    expect(storedOf(kept.id).length).toBe(2);
  });

  it('and not at once with tables that are new: they may be the wrong ones for this store', async () => {
    const folder = emptyFolder();
    const path = join(folder, 'files', 'uploads', randomUUID());
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, 'x');
    utimesSync(path, new Date(longAgo), new Date(longAgo));
    const fresh = await startApp({ DATA_DIR: folder, CLEAN_SECONDS: '0.2' }, { fileLooker: createFakeLooker() });
    const database = await openTables(fresh);
    const searches = () => database.read(({ db }) => db.selectFrom('CleaningProgress').select('dueAt').where('task', '=', 'stored files').execute());
    await expect.poll(searches, { timeout: 20_000 }).toHaveLength(1);
    // What is removed after that search was due is removed after it: portions follow each other.
    const person = await registerUser(fresh);
    const { id } = await announce(person);
    await person.ask(CancelUploadDocument, { id });
    const row = () => database.read((tx) => tx.db.selectFrom('File').select('state').where('uuid', '=', keyIn(id)).executeTakeFirst());
    await expect.poll(row, { timeout: 20_000 }).toBeUndefined();
    expect(existsSync(path)).toBe(true);
    const [search] = await searches();
    expect(Number(search?.dueAt)).toBeGreaterThan(Date.now() + 80_000_000);
  });
});

it('a store that is away keeps what is to go for later', async () => {
  let isAway = true;
  const data = { CLEAN_SECONDS: '0.2' };
  const faulty = await startApp(data, {
    fileLooker: createFakeLooker(),
    wrapFileStore: (store) => ({
      ...store,
      uploads: store.uploads,
      remove: async (key) => {
        if (isAway) throw new AppError('UNAVAILABLE');
        await store.remove(key);
      },
    }),
  });
  const database = await openTables(faulty);
  const person = await registerUser(faulty);
  const { id } = await announce(person);
  await person.ask(CancelUploadDocument, { id });
  const row = () => database.read((tx) => tx.db.selectFrom('File').select('state').where('uuid', '=', keyIn(id)).executeTakeFirst());
  const leased = () => database.read((tx) => tx.db.selectFrom('File').select('lookedUntil').where('uuid', '=', keyIn(id)).executeTakeFirst());
  await expect.poll(async () => (await leased())?.lookedUntil ?? 0).toBeGreaterThan(0);
  expect(await row()).toEqual({ state: 'GONE' });
  isAway = false;
  await database.transaction((tx) => tx.db.updateTable('File').set({ lookedUntil: 1 }).where('uuid', '=', keyIn(id)).execute());
  await expect.poll(row, { timeout: 20_000 }).toBeUndefined();
});

it('what cannot be removed holds up nothing else, and is said once', async () => {
  const stuck = new Set<string>();
  const faults: unknown[] = [];
  const person = await registerUser(app);
  const [database, disk] = [await openTables(app), diskOf(app)];
  // It would take them first.
  await app.stop();
  const ids = await insertExpired(person, 60);
  const [first = '', second = ''] = ids;
  for (const id of [first, second]) stuck.add(keyIn(id));
  const store: FileStore = {
    ...disk,
    remove: async (key) => {
      if ([...stuck].some((uuid) => key.includes(uuid))) throw new AppError('UNAVAILABLE');
      await disk.remove(key);
    },
  };
  const cleaning = createFileCleaning({ database, store, everyMs: 100, onFault: (error) => faults.push(error) });
  closeLater(() => cleaning.stop());
  cleaning.start();
  for (const id of ids.slice(2)) await expect.poll(() => gone(id), { timeout: 20_000 }).toEqual(nothing);
  expect(await Promise.all([first, second].map(async (id) => (await rowOf(id))?.state))).toEqual(['GONE', 'GONE']);
  const again = () => database.transaction((tx) => tx.db.updateTable('File').set({ lookedUntil: 1 }).where('state', '=', 'GONE').execute());
  await again();
  await expect.poll(async () => (await rowOf(first))?.lookedUntil ?? 0, { timeout: 20_000 }).toBeGreaterThan(1);
  expect(faults.length).toBe(2);
  stuck.clear();
  await again();
  for (const id of [first, second]) await expect.poll(() => gone(id), { timeout: 20_000 }).toEqual(nothing);
});
