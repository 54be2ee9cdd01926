import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { buildSchema } from 'graphql';
import { beforeAll, describe, expect, it } from 'vitest';
import { errorCodes } from '../../src/kernel/errors.ts';
import { usualRates } from '../../src/kernel/rates.ts';
import { createData } from '../support/app.ts';
import { answerToBytes, requests } from '../support/fuzz-bytes.ts';
import { type DocumentChoices, documents, operationOf } from '../support/fuzz-documents.ts';
import { conversation, conversations, piecesOf } from '../support/fuzz-frames.ts';
import { type MainProcess, serve } from '../support/operator.ts';

/** `PARLEY_FUZZ_RUNS=10000` for a long run (`npm run test:fuzz`), `PARLEY_FUZZ_SEED` for other tries. */
const runs = Number(process.env.PARLEY_FUZZ_RUNS ?? 80);
const seed = Number(process.env.PARLEY_FUZZ_SEED ?? 11);
const timeout = 60_000 + runs * 200;
const tries = { numRuns: runs, seed, includeErrorInReport: true, interruptAfterTimeLimit: timeout - 20_000 };

const schema = buildSchema(readFileSync(new URL('../../schema.graphql', import.meta.url), 'utf8'));
const admin = { username: 'the_admin', password: 'a password for tests' } as const;

let server: MainProcess & { readonly url: string };
let ended = false;
beforeAll(async () => {
  // What is counted is counted, and never too much.
  const rates = {
    RATES: Object.keys(usualRates)
      .map((name) => `${name}=100000000/s`)
      .join(),
    SAME_REQUESTS_A_DAY: '100000000',
    TRUSTED_PROXIES: '127.0.0.1',
  };
  const env = { ...(await createData()), ...rates, TOKEN_SECRET: 'a secret for tests, long enough for everybody', DRAIN_SECONDS: '0' };
  const given = Object.entries({ ...env, ADMIN_USERNAME: admin.username, ADMIN_PASSWORD: admin.password }).flatMap(([name, text]) =>
    text === undefined ? [] : [[name, text] as const],
  );
  // Whatever were kept of each try would not fit.
  server = await serve(Object.fromEntries(given), { node: ['--max-old-space-size=128'] });
  void server.exit.then(() => {
    ended = true;
  });
});

interface Outcome {
  readonly data?: Readonly<Record<string, unknown>> | null;
  readonly errors?: readonly { readonly message: string; readonly extensions?: { readonly code?: string } }[];
}

async function ask(request: object, token?: string): Promise<{ readonly status: number; readonly outcome: Outcome }> {
  const headers = {
    'content-type': 'application/json',
    accept: 'application/graphql-response+json',
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  };
  const response = await fetch(server.url, { method: 'POST', headers, body: JSON.stringify(request) });
  return { status: response.status, outcome: await response.json() };
}

/** Ids, names and codes in an answer. */
function wordsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(wordsIn) : [];
}

/** Somebody who has friends, groups and messages, and what is known of all that. */
interface Somebody {
  readonly token: string;
  readonly known: readonly string[];
}

let count = 0;
const authenticated = '{ token refreshToken user { id uuid username } }';
async function register(): Promise<{ readonly token: string; readonly id: string; readonly words: readonly string[] }> {
  count += 1;
  const { outcome } = await ask({ query: `mutation { register(input: { username: "fuzz_${seed}_${count}", password: "correct horse" }) ${authenticated} }` });
  const [token = '', , id = '', ...rest] = wordsIn(outcome.data);
  return { token, id, words: [id, ...rest] };
}

async function makeSomebody(asAdmin: boolean): Promise<Somebody> {
  const [one, other] = [await register(), await register()];
  const words = [...one.words, ...other.words];
  const tell = async (token: string, query: string, variables: object = {}) => {
    const { outcome } = await ask({ query, variables }, token);
    words.push(...wordsIn(outcome.data));
    return wordsIn(outcome.data);
  };
  await tell(
    other.token,
    'mutation { updateSettings(acceptsFriendsAtOnce: true) { id } updateChatset(input: { user: { sendCount: 2, needFollow: false } }) { id } }',
  );
  await tell(one.token, 'mutation ($id: ID!) { sendFriendRequest(userId: $id) { id } }', { id: other.id });
  const [group = ''] = await tell(
    one.token,
    'mutation ($ids: [ID!]!) { createGroup(input: { memberIds: $ids, name: "a group" }) { id group { inviteCode } } }',
    { ids: [other.id] },
  );
  for (const [from, to] of [
    [one, group],
    [other, group],
    [other, one.id],
    [one, other.id],
  ] as const)
    await tell(
      from.token,
      'mutation ($to: ID!, $clientId: UUID!) { sendMessage(input: { to: $to, clientId: $clientId, content: { text: "hello" } }) { id seq } }',
      { to, clientId: crypto.randomUUID() },
    );
  await tell(
    one.token,
    '{ viewer { id sessions { id } cursor } conversations { edges { cursor node { id group { viewerMember { id } members { edges { node { id } } } } } } } }',
  );
  const query = `mutation ($input: LoginInput!) { login(input: $input) { token } }`;
  const { outcome } = await ask(asAdmin ? { query, variables: { input: admin } } : { query: `{ serverInfo { name } }` });
  return { token: asAdmin ? (wordsIn(outcome.data)[0] ?? '') : one.token, known: [...words, '', 'x', 'no such thing'] };
}

const somebodies = new Map<boolean, Somebody>();
/** Whose session may have been ended by what was tried. */
const doubtful = new Set<boolean>();
/** Somebody with a session; another one where the session is over. */
async function somebody(asAdmin: boolean): Promise<Somebody> {
  const before = somebodies.get(asAdmin);
  if (before && (!doubtful.has(asAdmin) || (await ask({ query: '{ viewer { id } }' }, before.token)).status === 200)) return before;
  doubtful.delete(asAdmin);
  const made = await makeSomebody(asAdmin);
  somebodies.set(asAdmin, made);
  return made;
}

/** What every answer promises, whatever was asked. */
function faultOf({ errors = [] }: Outcome): string | null {
  for (const { message, extensions } of errors) {
    const code = extensions?.code ?? 'none';
    if (code === 'INTERNAL' || code === 'UNAVAILABLE' || !errorCodes.some((each) => each === code)) return `${code}: ${message}`;
    if (message.length > 200) return `a message of ${message.length} characters: ${message}`;
  }
  return null;
}

const faultsInLog = () =>
  server
    .said()
    .out.split('\n')
    .filter((line) => /"level":"(error|fatal)"/.test(line));

/** The memory of the server, of which the heap is only a part; 0 where the system does not tell. */
function residentBytes(): number {
  const file = `/proc/${server.child.pid}/statm`;
  return existsSync(file) ? Number(readFileSync(file, 'utf8').split(' ')[1]) * 4096 : 0;
}

async function judge(fault: string | null, what: unknown) {
  if (fault !== null || ended)
    throw new Error(`${fault ?? 'the server has ended'}\n${JSON.stringify(what)}\n${faultsInLog().slice(-3).join('\n')}\n${server.said().err.slice(-2_000)}`);
}

/** Of each ten tries one is an admin's. */
const whose = fc.nat(9).map((of) => of === 0);

describe('whatever is tried, the server answers and lives', () => {
  it('documents and variables made of the schema, good ones and nearly good ones', { timeout }, async () => {
    let served = 0;
    const property = fc.asyncProperty(documents, whose, async (choices: DocumentChoices, asAdmin) => {
      const { token, known } = await somebody(asAdmin);
      // Streams come by sockets only.
      const isStream = choices.operation === 'subscription';
      const operation = operationOf(schema, isStream ? { ...choices, operation: 'mutation' } : choices, known);
      const { status, outcome } = await ask(operation, token);
      if (outcome.data) served += 1;
      if (status === 401) doubtful.add(asAdmin);
      await judge(status >= 500 ? `status ${status}` : faultOf(outcome), operation);
    });
    await fc.assert(property, tries);
    // Enough of them are good for something.
    expect(served).toBeGreaterThan(runs / 5);
  });

  it('bytes that are requests, nearly requests, or none', { timeout }, async () => {
    const property = fc.asyncProperty(requests, fc.boolean(), async (bytes, isHasty) => {
      const answer = await answerToBytes(server.url, bytes, isHasty);
      const statuses = [...answer.matchAll(/(?:^|\r\n\r\n|\})HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
      // RFC 9112, section 6.1: a transfer coding that is not known.
      const bad = statuses.find((status) => status >= 500 && !(status === 501 && /transfer-encoding/i.test(bytes.toString('latin1'))));
      await judge(bad !== undefined || answer.includes('INTERNAL') ? answer : null, bytes.toString('latin1'));
    });
    await fc.assert(property, tries);
    expect(await answerToBytes(server.url, Buffer.from('GET /readyz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'))).toContain('"ready"');
  });

  it('frames in any order', { timeout }, async () => {
    const codes = new Map<number, number>();
    const property = fc.asyncProperty(conversations, whose, async (steps, asAdmin) => {
      const { token, known } = await somebody(asAdmin);
      const pieces = steps.flatMap((step) => piecesOf(step, token, (choices) => operationOf(schema, choices, known)));
      const { code, texts } = await conversation(server.url, pieces);
      codes.set(code, (codes.get(code) ?? 0) + 1);
      if (code === 4401) doubtful.add(asAdmin);
      const faults = texts.map((text) => {
        const { type, payload }: { readonly type: string; readonly payload?: unknown } = JSON.parse(text);
        if (type === 'error') return faultOf({ errors: Array.isArray(payload) ? payload : [{ message: 'no errors' }] });
        return type === 'next' && typeof payload === 'object' && payload !== null ? faultOf(payload) : null;
      });
      const closes = [1000, 1002, 1003, 1005, 1006, 1007, 1009, 4400, 4401, 4403, 4408, 4409, 4429];
      await judge(closes.includes(code) ? (faults.find((fault) => fault !== null) ?? null) : `closed with ${code}`, steps);
    });
    await fc.assert(property, tries);
    // Enough of them got to the end.
    expect(codes.get(1000) ?? 0).toBeGreaterThan(runs / 20);
    expect(codes.get(4400) ?? 0).toBeGreaterThan(runs / 20);
  });

  it('and nothing of it was a fault', () => {
    expect(ended).toBe(false);
    expect(faultsInLog()).toEqual([]);
    expect(residentBytes()).toBeLessThan(400 * 1_048_576);
  });
});
