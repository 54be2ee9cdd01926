import { randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { onBothBackends } from './harness/backends.ts';
import { keepProfile } from './harness/profile.ts';
import { bytesOf } from './harness/requests.ts';
import { type Row, rowOf } from './harness/results.ts';
import type { Scene } from './harness/scene.ts';
import { type MeasuredServer, startServer } from './harness/server.ts';

/** How much is done in a round. */
export interface NoticesOptions {
  readonly rounds: number;
  /** How long a round takes. */
  readonly ms: number;
  /** Where to write what the server did, if anywhere. */
  readonly profile?: string;
}

const key = `psk_${'bench'.padEnd(43, '0')}`;
const inFlight = 64;
const peopleCount = 2000;
/** People who never had one, for each round. */
const newcomersEach = 4000;

/** What an operator wants of it, a second. */
const wanted = 1000;

const document = 'mutation ($input: SendNoticeInput!) { sendNotice(input: $input) { id seq createdAt } }';
const text = 'Your order 2041 is on its way. 您的订单已发货。';

/**
 * Acknowledged notices each second, 64 in flight over as many connections, with all that a notice needs: the key, idempotency, log and answer. On SQLite
 * and memory, and on MariaDB with its default durability and Redis. Beside nothing but the number that is wanted.
 */
export function notices(options: NoticesOptions): Promise<Row[]> {
  return onBothBackends((where, scene) => ask(where, scene, options));
}

/** The next recipient; undefined where there is none any more. */
type Next = () => string | undefined;

async function ask(where: string, scene: Scene, { rounds, ms, profile }: NoticesOptions): Promise<Row[]> {
  // All of them before the server makes rows of its own.
  const idsOf = async (count: number) => (await scene.people(count)).map(({ globalId }) => globalId);
  const people = await idsOf(peopleCount);
  const newcomers = await idsOf(newcomersEach * (rounds + 1));
  // Else the names of all these people, who have come past the server, would be taken into the index while it is measured.
  await scene.database.transaction(({ db }) => db.insertInto('IndexProgress').values({ id: 1, logId: 0, isDone: 1, epoch: 0 }).execute());
  const server = await startServer('src/main.ts', { ...scene.env, PARLEY_SERVER_KEY: key });
  await sendFor(server, 600_000, once(people));
  const rows: Row[] = [];
  const measure = async (what: string, recipients: (round: number) => Next) => {
    const found: { ours: number; theirs: number }[] = [];
    // The first one warms it up.
    for (let round = 0; round <= rounds; round += 1) {
      const next = recipients(round);
      const before = await countOf(scene);
      const { sent, seconds } = await sendFor(server, ms, next);
      if ((await countOf(scene)) - before !== sent) throw new Error('not every acknowledged notice is in the table');
      if (round > 0) found.push({ ours: sent / seconds, theirs: wanted });
    }
    rows.push(rowOf({ what: `${what}, ${where}`, against: `${wanted} a second`, unit: 'per second', goal: 1, better: 'higher' }, found));
  };
  await measure(`acknowledged notices, ${inFlight} in flight, to ${peopleCount} people`, () => {
    let index = 0;
    return () => people[index++ % people.length];
  });
  await measure(`likewise, the first one of each person`, (round) => once(newcomers.slice(round * newcomersEach, (round + 1) * newcomersEach)));
  if (profile !== undefined)
    await keepProfile(server, `${profile}-notices-${where.split(' ')[0]}`, async () => {
      let index = 0;
      await sendFor(server, ms, () => people[index++ % people.length]);
    });
  await server.stop();
  return rows;
}

function once(people: readonly string[]): Next {
  let index = 0;
  return () => people[index++];
}

async function countOf({ database }: Scene): Promise<number> {
  const [row] = await database.read(({ db }) =>
    db
      .selectFrom('Message')
      .select((eb) => eb.fn.countAll<number>().as('count'))
      .execute(),
  );
  return Number(row?.count ?? 0);
}

/** Sends notices for so long, or until there is nobody left to send one to. */
async function sendFor(server: MeasuredServer, ms: number, next: Next): Promise<{ readonly sent: number; readonly seconds: number }> {
  let sent = 0;
  const start = performance.now();
  const lane = () =>
    new Promise<void>((resolve, reject) => {
      let got = '';
      const go = () => {
        const userId = performance.now() - start < ms ? next() : undefined;
        if (userId === undefined) {
          socket.destroy();
          return resolve();
        }
        const variables = { input: { to: { userId }, clientId: randomUUID(), text } };
        socket.write(bytesOf({ path: '/graphql', body: JSON.stringify({ query: document, variables }), headers: { authorization: `Bearer ${key}` } }));
      };
      const socket = connect({ port: server.port, host: '127.0.0.1', noDelay: true }, go);
      socket.on('error', reject);
      socket.on('data', (data) => {
        got += data.toString('latin1');
        const head = got.indexOf('\r\n\r\n');
        const length = /\r\ncontent-length: (\d+)/i.exec(got.slice(0, head))?.[1];
        if (head < 0 || (length !== undefined && got.length < head + 4 + Number(length))) return;
        if (length === undefined || !got.startsWith('HTTP/1.1 200') || got.includes('"errors"')) return reject(new Error(got));
        got = '';
        sent += 1;
        go();
      });
    });
  await Promise.all(Array.from({ length: inFlight }, lane));
  return { sent, seconds: (performance.now() - start) / 1000 };
}
