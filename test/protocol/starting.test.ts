import { spawn, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { entities } from '../../src/entities.ts';
import { StartError } from '../../src/kernel/start-error.ts';
import { createDatabase } from '../../src/platform/database.ts';
import { SendMessageDocument } from '../generated/graphql.ts';
import { startApp } from '../support/app.ts';
import { codesOf } from '../support/client.ts';
import { closeLater, within } from '../support/lifetime.ts';
import { registerTwo, sendText } from '../support/people.ts';
import { freePort } from '../support/private-services.ts';
import { startProcess } from '../support/process.ts';

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'parley-start-'));
  closeLater(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

async function refusal(env: Readonly<Record<string, string | undefined>>): Promise<string> {
  const error: unknown = await startApp(env).then(
    () => 'it started',
    (reason: unknown) => reason,
  );
  return error instanceof StartError ? error.message : `no sentence: ${error}`;
}

describe('a server that cannot use its files says in a sentence what to correct', () => {
  it('a data folder that is a file, or in one', async () => {
    const path = join(folder(), 'file');
    writeFileSync(path, '');
    for (const DATA_DIR of [path, join(path, 'inside')]) {
      expect(await refusal({ DATA_DIR })).toMatch(/^The database in .* cannot be used \(.*\): start it, or correct DATA_DIR\.$/);
      expect(await refusal({ DATA_DIR, TOKEN_SECRET: undefined })).toMatch(/^The folder .* cannot be used \(.*\): .*correct DATA_DIR\.$/);
    }
  });

  it.each([undefined, 'a secret that is given and long enough'])('a data folder where nobody can make one, such as in /proc', (given) => {
    // A process of its own: what would go wrong is that it never answers again.
    const env = { ...process.env, DATA_DIR: '/proc/parley/data', PORT: '0', DATABASE_URL: undefined, REDIS_URL: undefined, TOKEN_SECRET: given };
    const { status, stderr } = spawnSync(process.execPath, ['src/main.ts'], { env, encoding: 'utf8', timeout: 30_000 });
    expect(stderr).toMatch(/^The (folder|database in) \/proc\/parley\/data cannot be used \(.*\): .*correct DATA_DIR\.$/m);
    expect(status).toBe(1);
  });

  it('a secret that is none', async () => {
    const DATA_DIR = folder();
    writeFileSync(join(DATA_DIR, 'token-secret'), 'short\n');
    expect(await refusal({ DATA_DIR, TOKEN_SECRET: undefined })).toMatch(/^The folder .* cannot be used \(.*holds no secret/);
  });

  it('a path of SQLite that cannot be made, is a folder, or holds something else', async () => {
    const path = folder();
    writeFileSync(join(path, 'text'), 'this is no database, and long enough to be read as one'.repeat(20));
    mkdirSync(join(path, 'one.sqlite'));
    for (const file of ['/dev/null/p.sqlite', join(path, 'one.sqlite'), join(path, 'text')])
      expect(await refusal({ DATA_DIR: path, DATABASE_URL: `sqlite:${file}` }), file).toMatch(
        /^The database sqlite:.* cannot be used \(.*\): .*correct DATABASE_URL\.$/,
      );
  });
});

describe('one file of SQLite', () => {
  it('has one server: a second one is refused with a sentence, and the next one may use it when the first has stopped', async () => {
    const DATA_DIR = folder();
    const first = await startApp({ DATA_DIR });
    expect(await refusal({ DATA_DIR })).toBe(`The database in ${DATA_DIR} is in use by another Parley: stop that one, or give this one another DATA_DIR.`);
    expect(await refusal({ DATA_DIR, DATABASE_URL: `sqlite:${join(DATA_DIR, 'parley.sqlite')}` })).toMatch(/is in use by another Parley/);
    await first.stop();
    await startApp({ DATA_DIR });
  });

  it('is free again at once when its server was killed', async () => {
    const DATA_DIR = folder();
    const first = await startProcess(await freePort(), { DATA_DIR });
    expect(await refusal({ DATA_DIR })).toMatch(/is in use by another Parley/);
    first.kill('SIGKILL');
    await first.exit;
    await startApp({ DATA_DIR });
  });

  it('that another program writes into stops nobody else: the server goes on, and a send waits for its turn', async () => {
    const DATA_DIR = folder();
    const app = await startApp({ DATA_DIR });
    const [sender, reader] = await registerTwo(app);
    const program = `const { DatabaseSync } = require('node:sqlite'); const file = new DatabaseSync(process.argv[1]); file.exec('begin immediate');
      console.log('held'); setTimeout(() => { file.exec('commit'); file.close(); }, 1500);`;
    const other = spawn(process.execPath, ['-e', program, join(DATA_DIR, 'parley.sqlite')], { stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = new Promise((resolve) => other.on('close', resolve));
    closeLater(() => other.kill());
    await within(new Promise((resolve) => other.stdout.once('data', resolve)), 10_000, () => 'the other program did not begin');
    let longest = 0;
    let before = performance.now();
    const beat = setInterval(() => {
      longest = Math.max(longest, performance.now() - before);
      before = performance.now();
    }, 10);
    closeLater(() => clearInterval(beat));
    expect((await sendText(sender, reader.user.id, 'x')).seq).toBe(1);
    expect(longest).toBeLessThan(500);
    await ended;
  });

  it('that is moved away refuses what is written with UNAVAILABLE, says that it is not ready, and goes on when it is back', async () => {
    const DATA_DIR = folder();
    const app = await startApp({ DATA_DIR });
    const [sender, reader] = await registerTwo(app);
    const isReady = async () => (await fetch(new URL('/readyz', app.url))).status;
    const send = { input: { to: reader.user.id, clientId: randomUUID(), content: { text: 'x' } } };
    renameSync(DATA_DIR, `${DATA_DIR}-away`);
    closeLater(() => rmSync(`${DATA_DIR}-away`, { recursive: true, force: true }));
    expect(codesOf(await sender.execute(SendMessageDocument, send))).toEqual(['UNAVAILABLE']);
    expect(await isReady()).toBe(503);
    renameSync(`${DATA_DIR}-away`, DATA_DIR);
    await expect.poll(isReady, { timeout: 20_000 }).toBe(200);
    expect((await sender.ask(SendMessageDocument, send)).sendMessage?.seq).toBe(1);
  });

  it('that takes no write is away until it takes one, though it answers questions', async () => {
    const said: string[] = [];
    const log = (_details: object, message: string) => void said.push(message);
    const options = { url: `sqlite:${join(folder(), 'kept.sqlite')}`, dataDir: '.', pool: 2, timeoutMs: 5000 };
    const database = await createDatabase(options, entities, { info: log, warn: log });
    closeLater(() => database.close());
    await database.migrate();
    const write = () =>
      database.transaction((tx) => tx.db.insertInto('Log').values({ kind: 'USER', lastRev: 0, lastSeq: 0, lastEpoch: 0, activeAt: 0 }).execute());
    await database.read((tx) => sql`pragma query_only = 1`.execute(tx.db));
    await expect(write()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await expect(database.ping()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(await database.read((tx) => tx.db.selectFrom('Log').select('id').limit(1).execute())).toEqual([]);
    expect(said).toEqual(['the database is away']);
    await database.read((tx) => sql`pragma query_only = 0`.execute(tx.db));
    await expect.poll(() => said, { timeout: 20_000 }).toEqual(['the database is away', 'the database is back']);
    await write();
  });

  it('that finds no room refuses what is written with UNAVAILABLE, and goes on when there is room', async () => {
    const said: string[] = [];
    const log = (_details: object, message: string) => void said.push(message);
    const database = await createDatabase({ url: `sqlite:${join(folder(), 'full.sqlite')}`, dataDir: '.', pool: 2, timeoutMs: 5000 }, entities, {
      info: log,
      warn: log,
    });
    closeLater(() => database.close());
    await database.migrate();
    await database.read((tx) => sql`pragma max_page_count = 1`.execute(tx.db));
    const fill = () =>
      database.transaction(async (tx) => {
        for (let count = 0; count < 2_000; count += 1)
          await tx.db.insertInto('Log').values({ kind: 'USER', lastRev: 0, lastSeq: 0, lastEpoch: 0, activeAt: 0 }).execute();
      });
    const many = async () => {
      for (let round = 0; round < 20; round += 1) await fill();
    };
    await expect(many()).rejects.toMatchObject({ code: 'UNAVAILABLE', cause: { code: 'SQLITE_FULL' } });
    expect(said).toEqual(['the database is away']);
    const rows = await database.read((tx) => tx.db.selectFrom('Log').select('id').limit(1).execute());
    expect(rows.length).toBeLessThanOrEqual(1);
    await database.read((tx) => sql`pragma max_page_count = 1000000`.execute(tx.db));
    await fill();
    await expect.poll(() => said, { timeout: 20_000 }).toContain('the database is back');
  });
});
