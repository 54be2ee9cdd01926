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

it('docs/security.md has the numbers of every rate, with the reason for them', () => {
  const numbers = new Set(
    readText('docs/security.md')
      .match(/\d[\d,]*/g)
      ?.map((text) => Number(text.replaceAll(',', ''))),
  );
  const missing = Object.entries(readConfig({}).rates ?? {}).filter(
    ([bucket, { points, burst }]) => bucket in usualRates && ![points, burst].every((number) => number === 0 || numbers.has(number)),
  );
  expect(missing.map(([bucket]) => bucket)).toEqual([]);
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
