import { connections } from './connections.ts';
import { fanout } from './fanout.ts';
import { isMet, lineOf, type Row, readResults } from './harness/results.ts';
import { sends } from './sends.ts';

/** How much of what it should reach a question may lose before the guard cries: machines differ, and others may be at work. */
const margin = 0.6;

/** The short forms, by the names under which the long ones keep their results. */
const questions: Readonly<Record<string, () => Promise<Row[]>>> = {
  fanout: async () => await fanout({ sizes: [1000], kinds: ['messages', 'events'], rounds: 3, deliveries: 30_000 }),
  connections: async () => await connections({ rounds: 1, connections: 5000 }),
  sends: async () => await sends({ rounds: 3, ms: 800 }),
};

const tries = 3;

/** After so long nothing is tried again, so that a machine on which all is slow does not wait for it. */
const patienceMs = 100_000;

/**
 * A short form of what needs no other software. Each question has three tries; false where one stays behind in all of them: by more than the
 * margin behind its goal, or behind what was last measured (bench/results) where that has missed the goal.
 */
export async function guard(): Promise<boolean> {
  const start = performance.now();
  const results = new Map(readResults().map(({ question, rows }) => [question, rows]));
  let good = true;
  for (const [name, question] of Object.entries(questions)) {
    let lost: Row[] = [];
    for (let attempt = 0; attempt < tries; attempt += 1) {
      const rows = (await question()).flatMap((row) => guarded(row, keptFor(row, results.get(name) ?? [])));
      for (const row of rows) console.log(lineOf(row));
      lost = rows.filter((row) => isMet(row) === false);
      if (lost.length === 0 || performance.now() - start > patienceMs) break;
    }
    if (lost.length > 0) good = false;
  }
  return good;
}

/** A row with what it must reach in the place of its goal; none where it is not guarded. What goes by the clock depends on the load as well. */
function guarded(row: Row, kept: Row | undefined): Row[] {
  if (row.goal === null && !row.unit.includes('CPU')) return [];
  const aim = kept !== undefined && isMet(kept) !== true ? kept.ratio : row.goal;
  if (aim === null) return [];
  const limit = row.better === 'higher' ? aim * margin : aim / margin;
  return [{ ...row, goal: Number(limit.toPrecision(3)) }];
}

/** What was last measured for a question: of the same size where there is one. */
function keptFor(row: Row, rows: readonly Row[]): Row | undefined {
  const nameOf = ({ what, against, unit }: Row) => `${what} | ${against} | ${unit}`;
  const withoutSize = (other: Row) => nameOf(other).replaceAll(/\d+,\d+/g, 'many');
  return rows.find((other) => nameOf(other) === nameOf(row)) ?? rows.find((other) => withoutSize(other) === withoutSize(row));
}
