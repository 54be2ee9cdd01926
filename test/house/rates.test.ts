import { buildSchema } from 'graphql';
import { expect, it } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { buckets, portioned, usualRates } from '../../src/kernel/rates.ts';
import { rows } from '../../src/server/engine/admission.ts';
import { costBuckets } from '../../src/server/engine/spending.ts';
import { tableRows } from './documents.ts';
import { filesIn, readText } from './sources.ts';

const schema = buildSchema(readText('schema.graphql'));
const mutations = Object.keys(schema.getMutationType()?.getFields() ?? {});
const queries = Object.keys(schema.getQueryType()?.getFields() ?? {});
const counted = new Set(rows.flatMap(({ fields }) => fields));

it('each mutation is in a row of the table of rates, and each query that looks for words', () => {
  expect(mutations.filter((field) => !counted.has(field))).toEqual([]);
  const searching = Object.values(schema.getQueryType()?.getFields() ?? {}).filter(({ args }) => args.some(({ name }) => name === 'keyword'));
  expect(searching.length).toBeGreaterThan(2);
  expect(searching.map(({ name }) => name).filter((field) => !counted.has(field))).toEqual([]);
});

it('the table of rates names no field that does not exist, and uses every bucket', () => {
  expect([...counted].filter((field) => !mutations.includes(field) && !queries.includes(field))).toEqual([]);
  // Every operation takes out of one of the first, a query that stands in no row too.
  const used = new Set<string>([...Object.values(costBuckets), ...rows.flatMap(({ bucket, of = {} }) => [bucket, ...Object.values(of)])]);
  // Those of sockets and of files are no fields.
  const doors = ['src/server/socket', 'src/server/http'].flatMap((folder) => filesIn(folder, '.ts').map(readText)).join('\n');
  const isTaken = (bucket: string) => [`take('${bucket}'`, `charge('${bucket}'`, `createPace(rates.${bucket})`].some((text) => doors.includes(text));
  expect(buckets.filter((bucket) => !used.has(bucket) && !isTaken(bucket))).toEqual([]);
});

it('only buckets of much are told in portions', () => {
  const few = [...portioned].filter((bucket) => {
    const { points, burst } = readConfig({}).rates?.[bucket] ?? { points: 0, burst: 0 };
    return Math.max(points, burst) < 10;
  });
  expect(few).toEqual([]);
});

it('docs/configuration.md has every bucket with its rate, and says who is counted and for what', () => {
  const written = tableRows(readText('docs/configuration.md'), 'bucket', 'rate', 'by', 'for what');
  expect(written.map(([bucket, rate]) => [bucket, rate])).toEqual(Object.entries(usualRates).map(([bucket, rate]) => [`\`${bucket}\``, `\`${rate}\``]));
  expect(written.filter((row) => row.some((cell) => cell === ''))).toEqual([]);
});

/** Where docs/security.md speaks of each rate: its numbers in words of the page, and why they are so. */
const reasons: Readonly<Record<keyof typeof usualRates, string>> = {
  cost: 'in 30 seconds 150,000 of a user, or of an address without a session',
  costOfAddress: 'in 30 seconds 150,000 of a user, or of an address without a session',
  costOfVisitor: '60,000 of a visitor',
  costOfAgent: '300,000 of an agent or an admin',
  costOfKey: '1,500,000 of a server key',
  fileOfAddress: '60,000 requests for files a minute of an address',
  operationOfKey: '200 operations a second and 1,000 at once of a server key',
  send: '5 messages a second and 30 at once',
  sendOfAgent: 'agents 10 and 60',
  sendOfVisitor: 'visitors 1 and 10',
  firstWords: 'first words to strangers: 20 an hour',
  firstWordsOfAgent: '20 an hour, visitors 5, agents 500',
  firstWordsOfVisitor: '20 an hour, visitors 5',
  unansweredSend: '30 messages an hour to one person who is no friend',
  notice: '100 a second and 1,000 at once for a key',
  noticeOfPerson: '20 a day for each person',
  register: '25 registrations at once and 1 a minute of an address',
  registerVisitor: '40 visitors and 10 a minute',
  wrongLogin: 'for the name at the address (10 in 15 minutes)',
  wrongLoginOfAddress: 'names that never came in from there (100 in 15 minutes)',
  wrongLoginOfName: 'with a name from everywhere (100 an hour)',
  wrongPassword: '10 wrong old passwords in 15 minutes of a session',
  refreshOfSession: '10 refreshes a minute of a session',
  refreshOfAddress: 'of an address 1,200 with what is no refresh token',
  identify: '30 good proofs a minute of a person',
  identifyOfAddress: 'of an address 600 that are bad',
  friendRequest: 'friend requests and requests to join: 20 an hour',
  joinGroup: 'friend requests and requests to join: 20 an hour',
  createGroup: '10 groups, 200 invitations an hour',
  upload: '300 uploads an hour',
  uploadOfVisitor: '300 uploads an hour, visitors 30',
  invite: '10 groups, 200 invitations an hour',
  search: 'searches 2 a second and 10 at once',
  edit: 'edits, reactions, pins and profiles 2 a second and 20 at once',
  mutation: 'every other mutation 5 and 30',
  mutationOfVisitor: 'of visitors 2 and 20',
  refusedOfAddress: '20 refused acts a minute of an address',
  refusedOfVisitors: '10 of all visitors together',
  socketOfAddress: '1,000 new sockets a minute of an address',
  socketOfUser: '60 of a person',
  frameOfSocket: '50 frames a second and 200 at once of a socket',
  operationOfSocket: '600 new operations a minute and 100 at once',
};

it('docs/security.md says why each rate is as it is', () => {
  const page = readText('docs/security.md');
  const { rates } = readConfig({});
  const wrong = Object.entries(reasons).filter(([name, words]) => {
    const rate = rates?.[buckets.find((bucket) => bucket === name) ?? 'send'];
    const numbers = new Set(words.match(/\d[\d,]*/g)?.map((text) => Number(text.replaceAll(',', ''))));
    return !page.includes(words) || !rate || ![rate.points, rate.burst].every((number) => number <= 1 || numbers.has(number));
  });
  expect(wrong.map(([name]) => name)).toEqual([]);
});

it('RATES changes the buckets that it names, and a wrong one is refused', () => {
  const { rates } = readConfig({ RATES: ' search = 1/min+5 ,send=2/h' });
  expect(rates).toMatchObject({
    search: { points: 1, seconds: 60, burst: 5 },
    send: { points: 2, seconds: 3600, burst: 0 },
    register: { points: 1, burst: 25 },
  });
  for (const wrong of ['serch=1/s', 'search', 'search=', 'search=often', 'search=1/s+', 'toString=1/s'])
    expect(() => readConfig({ RATES: wrong }), wrong).toThrow(/RATES: /);
  expect(readConfig({ RATE_LIMITS: 'off' }).rates).toBeNull();
});
