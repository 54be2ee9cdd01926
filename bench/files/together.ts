import { setTimeout as sleep } from 'node:timers/promises';
import { alternate, type Row, rowOf } from '../harness/results.ts';
import { createScene, type Scene } from '../harness/scene.ts';
import { type MeasuredServer, startServer } from '../harness/server.ts';
import { announce, sendBytes } from '../harness/upload.ts';

/** How many files come together, and how large they are. */
export interface TogetherOptions {
  readonly rounds: number;
  readonly uploads: number;
  /** Bytes of each. */
  readonly bytes: number;
}

/** What a core can do, and not how much of it operators give away. */
const asFastAsItCan = { UPLOADS_BYTES_PER_SECOND: '1000000000000' } as const;

/** How many megabytes the server may need. */
const mostMegabytes = 100;

/** So many of so many bytes come before anything is measured. */
const warmUps = { uploads: 10, bytes: 1_000_000 } as const;

/** Many uploads at once: what memory they take, and how fast they come. Each round has a new server, so that none has the memory of the round before. */
export async function together({ rounds, uploads, bytes }: TogetherOptions): Promise<Row[]> {
  const round = async (module: string, announcing: boolean) => {
    const scene = await createScene();
    const people = await scene.people(uploads);
    const server = await startServer(module, { ...scene.env, ...asFastAsItCan });
    const comeTogether = async (count: number, size: number) => {
      const paths = await Promise.all(people.slice(0, count).map((person) => (announcing ? announce(server.port, person, size) : '/')));
      const start = performance.now();
      await Promise.all(paths.map((path) => sendBytes(server.port, path, size)));
      return (performance.now() - start) / 1000;
    };
    await comeTogether(warmUps.uploads, warmUps.bytes);
    await untilLookedAt(scene);
    const found = await measure(server, scene, (uploads * bytes) / 1e6, () => comeTogether(uploads, bytes));
    await server.stop();
    await scene.close();
    return found;
  };
  const found = await alternate(
    rounds,
    () => round('src/main.ts', true),
    () => round('bench/bare/uploads.ts', false),
    0,
  );
  const pairs = (key: 'memory' | 'perCpu' | 'perSecond') => found.map((pair) => ({ ours: pair.ours[key], theirs: pair.theirs[key] }));
  const what = `${uploads} uploads of ${bytes / 1e6} MB at once`;
  const bare = { against: 'node:http that writes bodies to the disk', goal: null } as const;
  const most = found.map(({ ours }) => ({ ours: ours.memory, theirs: mostMegabytes }));
  const memory = { what: `${what}: memory of the server above idle`, unit: 'MB', better: 'lower' } as const;
  return [
    rowOf({ ...memory, against: `${mostMegabytes} MB`, goal: 1 }, most),
    rowOf({ ...memory, ...bare }, pairs('memory')),
    rowOf({ ...bare, what, unit: 'MB per CPU second of the server', better: 'higher' }, pairs('perCpu')),
    rowOf({ ...bare, what: `${what}, by the clock`, unit: 'MB per second', better: 'higher' }, pairs('perSecond')),
  ];
}

/** Memory at its highest, until all that came is looked at; and the speed until all has come. */
async function measure(server: MeasuredServer, scene: Scene, megabytes: number, work: () => Promise<number>) {
  const idle = await server.memory();
  await server.peak();
  const cpu = await server.cpuMs();
  const seconds = await work();
  const cpuSeconds = ((await server.cpuMs()) - cpu) / 1000;
  await untilLookedAt(scene);
  return { memory: ((await server.peak()) - idle) / 1e6, perCpu: megabytes / cpuSeconds, perSecond: megabytes / seconds };
}

/** Resolves when no upload waits for a look or has one; throws where one of them was refused. */
export async function untilLookedAt({ database }: Scene): Promise<void> {
  for (;;) {
    const rows = await database.read(({ db }) => db.selectFrom('File').select('state').where('state', '!=', 'READY').execute());
    if (rows.length === 0) return;
    if (rows.some(({ state }) => state !== 'CHECKING' && state !== 'WAITING')) throw new Error('an upload was refused');
    await sleep(200);
  }
}
