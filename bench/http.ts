import { keepProfile } from './harness/profile.ts';
import { askOften, askOnce, type Request } from './harness/requests.ts';
import { alternate, type Row, rowOf } from './harness/results.ts';
import { createScene } from './harness/scene.ts';
import { type MeasuredServer, startServer } from './harness/server.ts';

/** How much is done in a round. */
export interface HttpOptions {
  readonly rounds: number;
  /** Requests of a round. */
  readonly requests: number;
  readonly peers: readonly Peer[];
  /** Where to write what the server did, if anywhere. */
  readonly profile?: string;
}

/** Another server that answers the same request from the same database. */
export interface Peer {
  readonly name: string;
  readonly goal: number | null;
  readonly module: string;
}

/** A query of every size: what a page shows of a person. */
const userInfo = 'query ($uuid: UUID!) { userInfo(uuid: $uuid) { id uuid username nickname avatar role profile { gender bio location website } } }';

const connections = 32;

/** userInfo over HTTP from a warm server, in requests for each CPU second: against node:http with the same bytes for all, and against peers. */
export async function http({ rounds, requests, peers, profile }: HttpOptions): Promise<Row[]> {
  const scene = await createScene();
  const [viewer, other] = await scene.people(2);
  if (!viewer || !other) throw new Error('nobody is there');
  const body = JSON.stringify({ query: userInfo, variables: { uuid: other.uuid } });
  const request: Request = { path: '/graphql', body, headers: { authorization: `Bearer ${viewer.token}` } };
  const ours = await startServer('src/main.ts', scene.env);
  const answer = await askOnce(ours.port, request);
  if (!answer.body.includes(other.uuid)) throw new Error(answer.body);
  const rows: Row[] = [];
  const bare = { name: 'node:http with constant bytes', goal: null, module: 'bench/bare/http.ts' };
  for (const { name, goal, module } of [bare, ...peers]) {
    const theirs = await startServer(module, { ...scene.env, ANSWER: answer.body });
    const { body: other } = await askOnce(theirs.port, request);
    if (JSON.stringify(JSON.parse(other)) !== JSON.stringify(JSON.parse(answer.body))) throw new Error(`${name} answers something else: ${other}`);
    const warm = requests;
    await measure(ours, request, warm);
    await measure(theirs, request, warm);
    const found = await alternate(
      rounds,
      () => measure(ours, request, requests),
      () => measure(theirs, request, requests),
    );
    const about = { what: 'userInfo over HTTP', against: name, better: 'higher' } as const;
    const pairs = (key: 'perCpu' | 'perSecond') => found.map((pair) => ({ ours: pair.ours[key], theirs: pair.theirs[key] }));
    rows.push(rowOf({ ...about, goal, unit: 'requests per CPU second of the server' }, pairs('perCpu')));
    rows.push(rowOf({ ...about, goal: null, what: `${about.what}, by the clock`, unit: 'requests per second' }, pairs('perSecond')));
    await theirs.stop();
  }
  if (profile !== undefined) await keepProfile(ours, `${profile}-http`, () => measure(ours, request, requests));
  await ours.stop();
  await scene.close();
  return rows;
}

async function measure(server: MeasuredServer, request: Request, times: number) {
  const cpu = await server.cpuMs();
  const start = performance.now();
  await askOften(server.port, request, times, connections);
  const seconds = (performance.now() - start) / 1000;
  return { perCpu: times / (((await server.cpuMs()) - cpu) / 1000), perSecond: times / seconds };
}
