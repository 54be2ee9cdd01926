import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { insertAll } from '../src/platform/bulk.ts';
import { onBothBackends } from './harness/backends.ts';
import { isIndexBehind } from './harness/indexed.ts';
import { keepProfile } from './harness/profile.ts';
import { askOnce } from './harness/requests.ts';
import { median, type Row, rowOf } from './harness/results.ts';
import type { Guest, Room, Scene } from './harness/scene.ts';
import { type MeasuredServer, startServer } from './harness/server.ts';
import { createCorpus } from './search/corpus.ts';

/** How much is done. */
export interface SearchOptions {
  readonly rounds: number;
  /** Messages of each of the two who search. */
  readonly messages: number;
  /** Where to write what the server did while it wrote the index and while it searched, if anywhere. */
  readonly profile?: string;
}

const conversations = 500;
const wantedMs = 20;
const wantedRate = 5000;
const query = `query ($keyword: String!, $in: ID) { searchMessages(keyword: $keyword, first: 20, conversationId: $in) { edges { node { id seq createdAt content { text } } } } }`;

/**
 * What the index of messages costs and gives, on SQLite and on MariaDB: its size against that of the messages, the messages a second that are taken
 * into it by a server that does nothing else, and the time of a search among so many messages in 500 conversations of all sizes, and in a single one.
 */
export function search(options: SearchOptions): Promise<Row[]> {
  return onBothBackends((where, scene) => ask(where, scene, options));
}

async function ask(where: string, scene: Scene, { rounds, messages, profile }: SearchOptions): Promise<Row[]> {
  const place = where.split(' ')[0] ?? '';
  const of = messages.toLocaleString('en');
  const [one, other] = await scene.people(2);
  if (!one || !other) throw new Error('nobody is there');
  const rooms: Room[] = [];
  const sizes = sizesOf(messages);
  for (const _ of sizes) rooms.push(await scene.group([one, other]));
  const third = await scene.people(1);
  const room = await scene.group(third);
  const corpus = createCorpus();
  let messageRow = 0;
  for (const [index, { id }] of [...rooms, room].entries()) {
    messageRow += await fill(scene, id, one, sizes[index] ?? messages, corpus.message, Date.now() - (1 + index) * 600_000);
    if (index % 100 === 99) console.log(`  ${messageRow} messages`);
  }
  await scene.database.transaction(({ db }) => db.insertInto('IndexProgress').values({ id: 1, logId: 0, isDone: 1, epoch: 0 }).execute());
  const server = await startServer('src/main.ts', scene.env);
  const start = performance.now();
  const writing = () => untilWritten(scene);
  if (profile === undefined) await writing();
  else await keepProfile(server, `${profile}-index-${place}`, writing);
  const rate = messageRow / ((performance.now() - start) / 1000);
  console.log(`  ${messageRow} messages in the index, with ${(((await server.cpuMs()) / messageRow) * 1000).toFixed(0)} µs of the server's CPU each`);
  const { index, texts } = await bytesOf(scene);
  const rows = [
    rowOf({ what: `the index of messages, ${place}`, against: 'the messages', unit: 'bytes each', goal: 1, better: 'lower' }, [
      { ours: index / messageRow, theirs: texts / messageRow },
    ]),
    rowOf({ what: `taken into the index, ${place}`, against: `${wantedRate} a second`, unit: 'per second', goal: 1, better: 'higher' }, [
      { ours: rate, theirs: wantedRate },
    ]),
  ];
  const measure = async () => {
    for (const [kind, keywords] of Object.entries(corpus.keywords)) {
      const about = { against: `${wantedMs} ms`, unit: 'ms', goal: 1, better: 'lower' } as const;
      const all = await timesOf(server, rounds, one, keywords);
      rows.push(rowOf({ ...about, what: `${kind} in ${of} messages of ${conversations} conversations, ${place}` }, all));
      const single = await timesOf(server, rounds, third[0] ?? one, keywords, room.globalId);
      rows.push(rowOf({ ...about, what: `${kind} in ${of} messages of one conversation, ${place}` }, single));
    }
  };
  if (profile === undefined) await measure();
  else await keepProfile(server, `${profile}-search-${place}`, measure);
  await server.stop();
  return rows;
}

/** Few long conversations and many short ones. */
function sizesOf(messages: number): number[] {
  const shares = Array.from({ length: conversations }, (_, index) => 1 / (index + 5));
  const all = shares.reduce((sum, share) => sum + share, 0);
  return shares.map((share) => Math.max(1, Math.round((messages * share) / all)));
}

/** Writes messages straight into the tables. */
async function fill(
  { database }: Scene,
  conversationId: number,
  { id: senderId }: Guest,
  count: number,
  message: () => string,
  activeAt: number,
): Promise<number> {
  const fields = { conversationId, senderId, kind: 'TEXT', mentionsEveryone: 0 } as const;
  for (let from = 1; from <= count; from += 10_000) {
    const rows = Array.from({ length: Math.min(10_000, count - from + 1) }, (_, index) => {
      const [seq, clientId] = [from + index, randomUUID()];
      const contentHash = `k1:${clientId.repeat(2).slice(0, 43)}`;
      return { ...fields, seq, rev: seq + 1, clientId, clientKey: clientId, contentHash, text: message(), createdAt: activeAt - (count - seq) * 60_000 };
    });
    await database.transaction((tx) => insertAll(tx, 'Message', rows));
  }
  await database.transaction(({ db }) =>
    db
      .updateTable('Log')
      .set({ lastSeq: count, lastRev: count + 1, lastEpoch: 1, activeAt })
      .where('id', '=', conversationId)
      .execute(),
  );
  return count;
}

/** Until the index has come to the end of all conversations. */
async function untilWritten({ database }: Scene): Promise<void> {
  while (await isIndexBehind(database)) await sleep(50);
}

/** What the tables take, with their keys. */
async function bytesOf({ database }: Scene): Promise<{ readonly index: number; readonly texts: number }> {
  if (database.dialect.name === 'mysql') await database.read((tx) => sql`analyze table message, search_row`.execute(tx.db));
  const size = async (table: string) => {
    const { rows } = await database.read((tx) =>
      database.dialect.name === 'mysql'
        ? sql<{
            bytes: number;
          }>`select data_length + index_length as bytes from information_schema.tables where table_schema = database() and table_name = ${table}`.execute(tx.db)
        : sql<{ bytes: number }>`select sum(pgsize) as bytes from dbstat where name in (select name from sqlite_master where tbl_name = ${table})`.execute(
            tx.db,
          ),
    );
    return Number(rows[0]?.bytes);
  };
  return { index: await size('search_row'), texts: await size('message') };
}

/** The middle time of some keywords, each round for itself. */
async function timesOf(server: MeasuredServer, rounds: number, viewer: Guest, keywords: readonly string[], where?: string): Promise<Row['rounds']> {
  const found: { ours: number; theirs: number }[] = [];
  const cpuBefore = await server.cpuMs();
  for (let round = 0; round <= rounds; round += 1) {
    const times: number[] = [];
    for (const keyword of keywords) {
      const body = JSON.stringify({ query, variables: { keyword, in: where ?? null } });
      const start = performance.now();
      const answer = await askOnce(server.port, { path: '/graphql', headers: { authorization: `Bearer ${viewer.token}` }, body });
      times.push(performance.now() - start);
      if (round === 0) console.log(`  ${keyword}: ${(answer.body.match(/"seq"/g) ?? []).length} found, ${times.at(-1)?.toFixed(1)} ms`);
      if (!answer.body.includes('"edges"')) throw new Error(answer.body.slice(0, 300));
    }
    // The first one warms it up.
    if (round > 0) found.push({ ours: median(times), theirs: wantedMs });
  }
  const searches = keywords.length * (rounds + 1);
  console.log(`  ${(((await server.cpuMs()) - cpuBefore) / searches).toFixed(1)} ms of the server's CPU for a search`);
  return found;
}
