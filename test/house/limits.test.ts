import { describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { usualRates } from '../../src/kernel/rates.ts';
import { limitsOf } from '../../src/limits.ts';
import { variables } from '../../src/variables.ts';
import { tableRows } from './documents.ts';
import { filesIn, readText, withoutComments } from './sources.ts';

const limits = limitsOf(readConfig({}));
const told = (env: Readonly<Record<string, string>>) => JSON.stringify(limitsOf(readConfig(env)));

/** Numbers of the server's own affairs: nothing that a client does is refused for them. */
const ofOperators: readonly string[] = [
  'CLEAN_SECONDS',
  'CLOSE_MILLISECONDS',
  'COMPARE_MILLISECONDS',
  'DATABASE_POOL',
  'DATABASE_TIMEOUT_SECONDS',
  'DRAIN_SECONDS',
  'FILE_LOOKS_AT_ONCE',
  'FILE_LOOK_BYTES',
  'FILE_LOOK_LEASE_SECONDS',
  'FILE_LOOK_SECONDS',
  'FILE_SCAN_SECONDS',
  'KEEP_REQUESTS_DAYS',
  'KEEP_SESSIONS_DAYS',
  'MANY_CONVERSATIONS',
  'PASSWORD_HASHES_AT_ONCE',
  'PORT',
  'PRESENCE_GRACE_SECONDS',
  'PRESENCE_LEASE_SECONDS',
  'PRESENCE_RENEW_SECONDS',
  'PROFILE_REST_SECONDS',
  'PRUNE_SECONDS',
  'REDIS_TIMEOUT_SECONDS',
  'REPLAYS_AT_ONCE',
  'RUN_MILLISECONDS',
  'SEARCHES_AT_ONCE',
  'SESSION_CACHE_SECONDS',
  'SESSION_CHECK_SECONDS',
  'SESSION_SEEN_SECONDS',
  'SHUTDOWN_SECONDS',
  'STREAM_QUEUE',
  'UPLOADS_BYTES_PER_SECOND',
];

describe('serverInfo.limits', () => {
  it('tells each variable that is a number, but for those of the server’s own affairs', () => {
    const untold = Object.entries(variables).flatMap(([name, schema]) => {
      const usual = schema.safeParse(undefined).data;
      return typeof usual === 'number' && told({ [name]: String(usual + 1) }) === told({}) ? [name] : [];
    });
    expect(untold.toSorted()).toEqual(ofOperators);
  });

  it('tells the rate of each bucket, under a name that does not depend on it, and none where nothing is counted', () => {
    const names = (env: Readonly<Record<string, string>>) => limitsOf(readConfig(env)).map(({ name }) => name);
    expect(Object.keys(usualRates).filter((bucket) => told({ RATES: `${bucket}=7777/h` }) === told({}))).toEqual([]);
    expect(names({ RATES: 'send=100/min+7, search=1/s' })).toEqual(names({}));
    expect(limitsOf(readConfig({ RATES: 'send=120/min+7' }))).toEqual(
      expect.arrayContaining([
        { name: 'sendsPerSecond', value: 2 },
        { name: 'sendBurst', value: 7 },
      ]),
    );
    expect(names({ RATE_LIMITS: 'off' }).filter((name) => /Per[A-Z0-9]|Burst$/.test(name))).toEqual([]);
  });

  it('tells each number of the sources past which a text or a list is refused', () => {
    const gathered = readText('src/limits.ts');
    const untold = filesIn('src', '.ts')
      .filter((file) => file !== 'src/limits.ts')
      .flatMap((file) => {
        const code = withoutComments(readText(file));
        const inSentences = [...code.matchAll(/\ben: `[^`]*`/g)].flatMap(([sentence]) => [...sentence.matchAll(/\$\{(\w+)/g)].map(([, name = '']) => name));
        const ofFile = inSentences.filter((name) => new RegExp(`^(?:export )?const ${name} =|^import [^;']*\\b${name}\\b`, 'm').test(code));
        const given = /^src\/features\//.test(file)
          ? [...code.matchAll(/\b(?:optional|require)(?:Text|Name|Keyword)\((?:[^,()]+), (?:[^,()]+), (\w+)/g)].map(([, name = '']) => name)
          : [];
        return [...new Set([...ofFile, ...given])].filter((name) => !new RegExp(`\\b${name}\\b`).test(gathered)).map((name) => `${file}: ${name}`);
      });
    expect(untold).toEqual([]);
  });

  it('has each name once, in the form of the others, and no number that is none', () => {
    const names = limits.map(({ name }) => name);
    expect(names.filter((name, index) => !/^[a-z]+([A-Z][a-z]*|\d+)*$/.test(name) || names.indexOf(name) !== index)).toEqual([]);
    expect(limits.filter(({ value }) => !(value > 0 && Number.isFinite(value)))).toEqual([]);
    // A list says how long it can be.
    expect(limits.length).toBeLessThanOrEqual(200);
  });

  it('stands in docs/protocol.md, with the values that it has where nothing is configured', () => {
    const rows = tableRows(readText('docs/protocol.md'), 'name', 'usually', 'what it bounds');
    expect(rows.map(([name, value]) => [name, value])).toEqual(limits.map(({ name, value }) => [`\`${name}\``, String(value)]));
    expect(rows.filter(([, , what = '']) => what === '')).toEqual([]);
  });
});
