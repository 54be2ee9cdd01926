import { parseArgs } from 'node:util';
import { type FaultName, faultNames, longSchedule, shortSchedule } from './faults.ts';
import { createRandom } from './random.ts';
import { reportOf } from './report.ts';
import { runChaos, shortEnv } from './run.ts';

const usage = `Usage: npm run test:chaos -- [options]

  --seed N        repeats the schedule of a run (default: a new one)
  --minutes N     how long (default 10)
  --short         each fault once instead, as in npm test
  --calm          a short run with 12 s after each fault, to see how long each takes to heal
  --only NAME     only this fault, as often as it is given, in a short run
  --beside PATH   one of the nodes is the version that is installed there, as in a rolling update
  --break NAME    breaks a guarantee on purpose: healing-skipped or answered-early
`;

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    minutes: { type: 'string', default: '10' },
    short: { type: 'boolean', default: false },
    calm: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true, default: [] },
    beside: { type: 'string' },
    break: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

const print = (line: string) => process.stdout.write(`${line}\n`);
const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(values.seed);
const only: FaultName[] = values.only.flatMap((part) => faultNames.filter((name) => name.includes(part)));

if (values.help || !Number.isSafeInteger(seed) || !(Number(values.minutes) > 0) || (values.only.length > 0 && only.length === 0)) {
  print(usage);
  process.exit(2);
}

const random = createRandom(seed);
const isShort = values.short || values.calm || only.length > 0;
const schedule = isShort
  ? shortSchedule(random.fork('schedule'), only.length > 0 ? only : faultNames, values.calm ? 12_000 : 0)
  : longSchedule(random.fork('schedule'), Number(values.minutes));
const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stopping.abort());

print(`seed ${seed}: ${schedule.length} faults`);
try {
  const outcome = await runChaos(
    {
      random,
      schedule,
      clients: 30,
      preload: values.break === undefined ? [] : [new URL(`./broken/${values.break}.ts`, import.meta.url).href],
      beside: values.beside,
      env: isShort ? shortEnv : {},
      healMs: 10_000,
      atLeast: values.short ? 2200 : 0,
      presenceMs: isShort ? 12_000 : 45_000,
      onProgress: print,
    },
    stopping.signal,
  );
  const report = reportOf(outcome);
  for (const line of report.lines) print(line);
  print(`seed ${seed}`);
  process.exitCode = report.wrong.length === 0 ? 0 : 1;
} catch (error) {
  print(error instanceof Error ? (error.stack ?? error.message) : String(error));
  print(`seed ${seed}`);
  process.exitCode = 1;
}
process.exit();
