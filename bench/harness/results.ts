import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';

/** One comparison: what we do and what the other does, each the median of its rounds. */
export interface Row {
  readonly what: string;
  readonly against: string;
  readonly unit: string;
  readonly ours: number;
  readonly theirs: number;
  /** The median of the rounds' ratios, ours to theirs. */
  readonly ratio: number;
  readonly goal: number | null;
  /** Whether the ratio has to be at least the goal, or at most. */
  readonly better: 'higher' | 'lower';
  readonly rounds: readonly { readonly ours: number; readonly theirs: number }[];
}

/** All that one benchmark has found. */
export interface Result {
  readonly question: string;
  readonly date: string;
  readonly machine: string;
  /** The mean number of processes that wanted a core in the minute before it began: far above 0, others were at work. */
  readonly loadBefore: number;
  readonly rows: readonly Row[];
}

const folder = fileURLToPath(new URL('../results/', import.meta.url));

/** The load before anything of this benchmark ran. */
const loadBefore = Math.round((loadavg()[0] ?? 0) * 10) / 10;

/** Above this load the machine was not quiet. */
export const quietLoad = 0.5;

/** Writes what was found. */
export function keepResult(question: string, rows: readonly Row[]): void {
  const machine = `${cpus().length} cores of ${cpus()[0]?.model ?? 'an unknown processor'}, Node ${process.versions.node}`;
  const result: Result = { question, date: new Date().toISOString().slice(0, 10), machine, loadBefore, rows };
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}${question}.json`, `${JSON.stringify(result, null, 2)}\n`);
}

/** All results that were kept, in the order of their names. */
export function readResults(): Result[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => JSON.parse(readFileSync(`${folder}${name}`, 'utf8')));
}

/** Whether a row meets its goal; null where it has none. */
export function isMet({ ratio, goal, better }: Row): boolean | null {
  if (goal === null) return null;
  return better === 'higher' ? ratio >= goal : ratio <= goal;
}

/** One row for a reader at a terminal. */
export function lineOf(row: Row): string {
  const met = isMet(row);
  const goal = row.goal === null ? '' : ` (goal ${row.better === 'higher' ? 'at least' : 'at most'} ${row.goal}: ${met ? 'met' : 'missed'})`;
  return `${row.what}, against ${row.against}: ${round(row.ours)} to ${round(row.theirs)} ${row.unit}, ratio ${round(row.ratio)}${goal}`;
}

/** Three digits that mean something. */
export function round(value: number): string {
  return Math.abs(value) >= 100 ? Math.round(value).toLocaleString('en') : String(Number(value.toPrecision(3)));
}

/** The middle one. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? (sorted[middle] ?? Number.NaN) : ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2;
}

/** The value below which the part of them lies; NaN where there are none. */
export function percentile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)] ?? Number.NaN;
}

/** Makes a row of rounds. */
export function rowOf(about: Pick<Row, 'what' | 'against' | 'unit' | 'goal' | 'better'>, rounds: Row['rounds']): Row {
  return {
    ...about,
    ours: median(rounds.map(({ ours }) => ours)),
    theirs: median(rounds.map(({ theirs }) => theirs)),
    ratio: median(rounds.map(({ ours, theirs }) => ours / theirs)),
    rounds,
  };
}

/** Runs two arms in turn, so that what changes on the machine changes for both, after one round of each that does not count. */
export async function alternate<T>(
  rounds: number,
  ours: () => Promise<T>,
  theirs: () => Promise<T>,
  warmUps = 1,
): Promise<{ readonly ours: T; readonly theirs: T }[]> {
  const found: { readonly ours: T; readonly theirs: T }[] = [];
  for (let index = 0; index < warmUps; index += 1) {
    await ours();
    await theirs();
  }
  for (let index = 0; index < rounds; index += 1) {
    if (index % 2 === 0) {
      const mine = await ours();
      found.push({ ours: mine, theirs: await theirs() });
    } else {
      const other = await theirs();
      found.push({ ours: await ours(), theirs: other });
    }
  }
  return found;
}
