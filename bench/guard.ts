import { fanout } from './fanout.ts';
import { isMet, lineOf, type Row } from './harness/results.ts';
import { http } from './http.ts';

/** How much of its goal a question may lose before the guard cries: machines differ, and others may be at work. */
const margin = 0.6;

/** Twice what Apollo Server has of node:http, which is the goal of userInfo over HTTP: peers are not installed here. */
const httpGoal = 0.35;

const questions: readonly (() => Promise<Row[]>)[] = [
  async () => await fanout({ sizes: [1000], kinds: ['messages'], rounds: 3, deliveries: 20_000 }),
  async () => await fanout({ sizes: [1000], kinds: ['events'], rounds: 3, deliveries: 20_000 }),
  async () => (await http({ rounds: 3, requests: 2000, peers: [] })).map((row) => (row.unit.includes('CPU') ? { ...row, goal: httpGoal } : row)),
];

const tries = 3;

/** After so long nothing is tried again, so that a machine on which all is slow does not wait for it. */
const patienceMs = 80_000;

/** A short form of what needs no other software. Each question has three tries; false where one has lost too much in all of them. */
export async function guard(): Promise<boolean> {
  const start = performance.now();
  let good = true;
  for (const question of questions) {
    let lost: Row[] = [];
    for (let attempt = 0; attempt < tries; attempt += 1) {
      const rows = (await question()).map((row) => (row.goal === null ? row : { ...row, goal: Number((row.goal * margin).toPrecision(3)) }));
      lost = rows.filter((row) => isMet(row) === false);
      for (const row of rows) if (row.goal !== null) console.log(lineOf(row));
      if (lost.length === 0 || performance.now() - start > patienceMs) break;
    }
    if (lost.length > 0) good = false;
  }
  return good;
}
