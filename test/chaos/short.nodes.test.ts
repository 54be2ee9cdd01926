import { describe, expect, it } from 'vitest';
import { closeLater } from '../support/lifetime.ts';
import { type FaultName, faultNames, shortSchedule } from './faults.ts';
import { createRandom } from './random.ts';
import { type Report, reportOf } from './report.ts';
import { runChaos, shortEnv } from './run.ts';

interface Plan {
  readonly seed: number;
  readonly names?: readonly FaultName[];
  readonly broken?: string;
  readonly env?: Readonly<Record<string, string>>;
}

async function run({ seed, names = faultNames, broken, env }: Plan): Promise<Report> {
  const stopping = new AbortController();
  const random = createRandom(seed);
  const running = runChaos(
    {
      random,
      schedule: shortSchedule(random.fork('schedule'), names),
      clients: 30,
      preload: broken === undefined ? [] : [new URL(`./broken/${broken}.ts`, import.meta.url).href],
      env: { ...shortEnv, ...env },
      presenceMs: 12_000,
      healMs: broken === undefined ? 10_000 : 5000,
      atLeast: broken === undefined ? 2200 : 0,
      onProgress: () => {},
    },
    stopping.signal,
  );
  closeLater(async () => {
    stopping.abort();
    await running.catch(() => {});
  });
  return reportOf(await running);
}

const minutes = 60_000;

describe('while everything breaks once', () => {
  it('no acknowledged message is lost, doubled, out of order or shown to somebody else, and everything is right again afterwards', {
    timeout: 4 * minutes,
  }, async () => {
    const report = await run({ seed: 20_261_122 });
    const text = report.lines.join('\n');
    expect(report.wrong, text).toEqual([]);
    // A run in which little happened would prove nothing.
    expect(report.acknowledged, text).toBeGreaterThanOrEqual(2000);
    expect(report.reconnects, text).toBeGreaterThanOrEqual(20);
    expect(report.catchUps, text).toBeGreaterThanOrEqual(5);
    expect(report.healedHoles, text).toBeGreaterThanOrEqual(1);
    expect(report.joins, text).toBeGreaterThanOrEqual(20);
    expect(report.leaves, text).toBeGreaterThanOrEqual(20);
    expect(report.wholeStays, text).toBeGreaterThanOrEqual(5);
  });
});

describe('a run notices', () => {
  it('that lost bells are not healed', { timeout: 2 * minutes }, async () => {
    // Long tokens: a stream that has to come back with a new one catches up, and heals by the way what was broken.
    const report = await run({ seed: 1, names: ['Redis away'], broken: 'healing-skipped', env: { TOKEN_TTL_SECONDS: '900' } });
    expect(report.wrong.join('\n')).toMatch(/what a client received is not what the table holds.*nothing after/);
  });

  it('that sends are answered before they are committed', { timeout: 2 * minutes }, async () => {
    // Several times: one may fall where nobody sends.
    const cut: FaultName = 'transactions cut (KILL)';
    const report = await run({ seed: 1, names: [cut, cut, 'database killed (-9)', cut, cut], broken: 'answered-early' });
    expect(report.wrong.join('\n')).toMatch(/an acknowledged message is missing/);
  });
});
