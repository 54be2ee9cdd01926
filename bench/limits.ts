import { onBothBackends } from './harness/backends.ts';
import { keepProfile } from './harness/profile.ts';
import { askOften } from './harness/requests.ts';
import { alternate, type Row, rowOf } from './harness/results.ts';
import { createSender } from './harness/room.ts';
import type { Guest, Scene } from './harness/scene.ts';
import { type MeasuredServer, startServer } from './harness/server.ts';

/** How much is done in a round. */
export interface LimitsOptions {
  readonly rounds: number;
  /** How many messages, or requests, of a round. */
  readonly times: number;
  /** Where to write what the server with limits did, if anywhere. */
  readonly profile?: string;
}

/** So many, that the usual limits let everybody go on. */
const peopleCount = 600;
const lanes = 64;

const userInfo = 'query ($uuid: UUID!) { userInfo(uuid: $uuid) { id uuid username nickname avatar role profile { gender bio location website } } }';

/**
 * What the usual limits cost: acknowledged sends, 64 in flight, and a small query over HTTP, in CPU time of the server, with limits and without, both on
 * the same data. So many people send in turn that nobody comes near a limit, as it is among
 * ordinary people.
 */
export function limits(options: LimitsOptions): Promise<Row[]> {
  return onBothBackends((where, scene) => ask(where, scene, options));
}

async function ask(where: string, scene: Scene, { rounds, times, profile }: LimitsOptions): Promise<Row[]> {
  const people = await scene.people(peopleCount);
  const rows: Row[] = [];
  for (const [what, open] of [
    ['acknowledged sends', sending],
    ['userInfo over HTTP', asking],
  ] as const) {
    // SQLite has one server at a time: its file cannot be shared.
    const arms = where.startsWith('SQLite') ? apart : beside;
    rows.push(
      rowOf(
        { what: `${what}, ${where}`, against: 'RATE_LIMITS=off', unit: 'for each CPU second of the server', goal: 0.95, better: 'higher' },
        await arms({ scene, people, open, rounds, times, keep: profile === undefined ? null : `${profile}-limits-${rows.length}-${where.split(' ')[0]}` }),
      ),
    );
  }
  return rows;
}

/** Does something so often at a server. Gives how often for each CPU second of the server. */
type Work = (times: number) => Promise<number>;
type Open = (server: MeasuredServer, scene: Scene, people: readonly Guest[]) => Promise<{ readonly work: Work; close(): void }>;

interface Arms {
  readonly scene: Scene;
  readonly people: readonly Guest[];
  readonly open: Open;
  readonly rounds: number;
  readonly times: number;
  readonly keep: string | null;
}

const envOf = (scene: Scene, limited: boolean) => ({ ...scene.env, RATE_LIMITS: limited ? 'on' : 'off' });

/** Both servers run all the time, and work in turn. */
async function beside({ scene, people, open, rounds, times, keep }: Arms) {
  const servers = [await startServer('src/main.ts', envOf(scene, true)), await startServer('src/main.ts', envOf(scene, false))] as const;
  const [ours, theirs] = [await open(servers[0], scene, people), await open(servers[1], scene, people)];
  const found = await alternate(
    rounds,
    () => ours.work(times),
    () => theirs.work(times),
    2,
  );
  if (keep !== null) await keepProfile(servers[0], keep, () => ours.work(times));
  for (const { close } of [ours, theirs]) close();
  for (const server of servers) await server.stop();
  return found;
}

/** Each round has a server of its own, which is warm when it is measured. */
async function apart({ scene, people, open, rounds, times, keep }: Arms) {
  const round = async (limited: boolean, profile: string | null = null) => {
    const server = await startServer('src/main.ts', envOf(scene, limited));
    const { work, close } = await open(server, scene, people);
    await work(times);
    const rate = await work(times);
    if (profile !== null) await keepProfile(server, profile, () => work(times));
    close();
    await server.stop();
    return rate;
  };
  const found = await alternate(
    rounds,
    () => round(true),
    () => round(false),
    0,
  );
  if (keep !== null) await round(true, keep);
  return found;
}

const sending: Open = async (server, scene, people) => {
  const senders: Awaited<ReturnType<typeof createSender>>[] = [];
  for (let index = 0; index < people.length; index += 2) {
    const pair = people.slice(index, index + 2);
    const room = await scene.group(pair);
    for (const guest of pair) senders.push(await createSender(server.port, guest, room));
  }
  return {
    work: async (times) => {
      let sent = 0;
      const lane = async () => {
        while (sent < times) await senders[sent++ % senders.length]?.send();
      };
      return await perCpu(server, times, () => Promise.all(Array.from({ length: lanes }, lane)));
    },
    close: () => {
      for (const sender of senders) sender.close();
    },
  };
};

const asking: Open = async (server, _scene, people) => {
  const callers = people.slice(0, lanes / 2);
  const [other] = people;
  if (!other) throw new Error('nobody is there');
  const body = JSON.stringify({ query: userInfo, variables: { uuid: other.uuid } });
  return {
    work: async (times) => {
      const each = Math.ceil(times / callers.length);
      const askAs = ({ token }: Guest) => askOften(server.port, { path: '/graphql', body, headers: { authorization: `Bearer ${token}` } }, each, 1);
      return await perCpu(server, each * callers.length, () => Promise.all(callers.map(askAs)));
    },
    close() {},
  };
};

async function perCpu(server: MeasuredServer, times: number, work: () => Promise<unknown>): Promise<number> {
  const before = await server.cpuMs();
  await work();
  return times / (((await server.cpuMs()) - before) / 1000);
}
