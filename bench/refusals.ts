import { randomUUID } from 'node:crypto';
import { type Aim, operations, requests, sockets } from './fairness/lanes.ts';
import { bytesOf } from './harness/requests.ts';
import { type Row, rowOf } from './harness/results.ts';
import { createScene, type Guest, type Room } from './harness/scene.ts';
import { type MeasuredServer, startServer } from './harness/server.ts';
import { startServices } from './harness/services.ts';

/** How much is done. */
export interface RefusalsOptions {
  readonly rounds: number;
  /** Refusals of each kind in a round. */
  readonly refusals: number;
}

/** What a refusal may cost the node, in milliseconds. */
const goal = 10;
const connections = 8;
const databases = ['SQLite and memory', 'MariaDB and Redis'] as const;

/** So little that all is used up at once. */
const rates =
  'send=1/h,search=1/h,register=1/h,registerVisitor=1/h,wrongLogin=2/h,wrongLoginOfAddress=2/h,socketOfAddress=1/h,socketOfUser=1000/min,costOfAddress=999999999/30s';

/** What is refused: a lane that asks for it on and on, and the outcome that it is to have. */
interface Refusal {
  readonly outcome: string;
  begin(aim: Aim): unknown;
}

const post = (query: string, variables: object, token?: string) =>
  bytesOf({ path: '/graphql', body: JSON.stringify({ query, variables }), headers: token === undefined ? {} : { authorization: `Bearer ${token}` } });

const fresh = () => randomUUID().replaceAll('-', '').slice(0, 16);

const send = 'mutation ($input: SendMessageInput!) { sendMessage(input: $input) { id } }';
const login = 'mutation ($input: LoginInput!) { login(input: $input) { token } }';
const register = 'mutation ($input: RegisterInput!) { register(input: $input) { token } }';
const visitor = 'mutation ($input: RegisterVisitorInput!) { registerVisitor(input: $input) { token } }';
const search = 'query ($keyword: String!) { searchMessages(keyword: $keyword) { edges { node { id } } } }';
const tooDear =
  '{ conversations(first: 100) { edges { node { messages(last: 100) { edges { node { id seq rev createdAt content { text } sender { id } } } } } } } }';

/** Ten fields of the root, in each of them fields under names that nobody has used. */
function longDocument(): string {
  const fields = () => ['id', 'title', 'rev'].map((field) => Array.from({ length: 15 }, (_, index) => `x${fresh()}${index}: ${field}`).join(' '));
  return `{ ${Array.from({ length: 10 }, (_, index) => `c${index}: conversation(id: "x") { ${fields().join(' ')} }`).join(' ')} }`;
}

function refusalsFor({ token }: Guest, room: Room): Readonly<Record<string, Refusal>> {
  const message = () => ({ input: { clientId: randomUUID(), to: room.globalId, content: { text: fresh() } } });
  return {
    'a login after too many wrong ones': {
      outcome: 'RATE_LIMITED',
      begin: (aim) => requests(aim, () => post(login, { input: { username: fresh(), password: fresh() } })),
    },
    'a registration': { outcome: 'RATE_LIMITED', begin: (aim) => requests(aim, () => post(register, { input: { username: fresh(), password: fresh() } })) },
    'a visitor': { outcome: 'RATE_LIMITED', begin: (aim) => requests(aim, () => post(visitor, { input: { deviceId: randomUUID() } })) },
    'a send over HTTP': { outcome: 'RATE_LIMITED', begin: (aim) => requests(aim, () => post(send, message(), token)) },
    'a send over a socket': {
      outcome: 'RATE_LIMITED',
      begin: (aim) => operations(aim, { token, atOnce: 8, next: () => ({ query: send, variables: message() }) }),
    },
    'a search': { outcome: 'RATE_LIMITED', begin: (aim) => requests(aim, () => post(search, { keyword: fresh() }, token)) },
    'a document that costs too much': { outcome: 'BAD_QUERY', begin: (aim) => requests(aim, () => post(tooDear, {}, token)) },
    'a document that nobody sent before, not valid': {
      outcome: 'BAD_QUERY',
      begin: (aim) => requests(aim, () => post(`{ ${Array.from({ length: 15 }, (_, index) => `a${index}: x${fresh()} { y }`).join(' ')} }`, {})),
    },
    'a document that nobody sent before, valid and as long as may be, without a session': {
      outcome: 'TOKEN_MISSING',
      begin: (aim) => requests(aim, () => post(longDocument(), {})),
    },
    'a document with too many tokens': { outcome: 'BAD_QUERY', begin: (aim) => requests(aim, () => post(`{ ${'x '.repeat(100_000)} }`, {})) },
    'a token that is none': {
      outcome: 'TOKEN_INVALID',
      begin: (aim) => requests(aim, () => post('{ viewer { id } }', {}, `${fresh()}.${fresh()}.${fresh()}`)),
    },
    'a socket': { outcome: 'HTTP 429', begin: (aim) => sockets(aim, ['no token']) },
  };
}

/** What a refusal costs the node, in CPU time of the whole process. */
export async function refusals({ rounds, refusals: times }: RefusalsOptions): Promise<Row[]> {
  const rows: Row[] = [];
  for (const on of databases) {
    const services = on === databases[1] ? await startServices() : null;
    const scene = await createScene(services);
    const guests = await scene.people(2);
    const [guest] = guests;
    if (!guest) throw new Error('nobody is there');
    const room = await scene.group(guests);
    const server = await startServer('src/main.ts', { ...scene.env, RATE_LIMITS: 'on', RATES: rates });
    for (const [what, refusal] of Object.entries(refusalsFor(guest, room))) {
      // What is let pass before, and what is compiled.
      await costOf(server, refusal, 300);
      const found: { ours: number; theirs: number }[] = [];
      for (let round = 0; round < rounds; round += 1) found.push({ ours: await costOf(server, refusal, times), theirs: goal });
      rows.push(rowOf({ what: `${what}, ${on}`, against: 'what a refusal may cost', unit: 'ms of CPU', goal: 1, better: 'lower' }, found));
    }
    await server.stop();
    await scene.close();
    await services?.stop();
  }
  return rows;
}

/** Milliseconds of CPU for each of so many refusals. */
async function costOf(server: MeasuredServer, { begin, outcome }: Refusal, times: number): Promise<number> {
  const seen = new Map<string, number>();
  let all = 0;
  const through = Promise.withResolvers<void>();
  const aim: Aim = {
    port: server.port,
    from: '127.0.0.2',
    isOver: () => all >= times,
    tell(told) {
      all += 1;
      seen.set(told, (seen.get(told) ?? 0) + 1);
      if (all >= times) through.resolve();
    },
  };
  const before = await server.cpuMs();
  for (let index = 0; index < connections; index += 1) void begin(aim);
  const late = setTimeout(() => through.reject(new Error(`only ${all} answers came: ${JSON.stringify([...seen])}`)), 60_000);
  await through.promise;
  clearTimeout(late);
  const ms = ((await server.cpuMs()) - before) / all;
  if (times > 300 && (seen.get(outcome) ?? 0) < all * 0.95) throw new Error(`not refused with ${outcome}: ${JSON.stringify([...seen])}`);
  return ms;
}
