import type { Receipt } from './page.ts';
import type { Outcome } from './run.ts';

/** What a run has shown. */
export interface Report {
  readonly seconds: number;
  readonly acknowledged: number;
  readonly events: number;
  readonly reconnects: number;
  /** How often a stream came back and had missed something. */
  readonly catchUps: number;
  readonly caughtUpEntries: number;
  /** Events that came live while no Redis ran, of messages whose sending began when none ran: their bells cannot have rung. */
  readonly healedHoles: number;
  /** Joins that were answered, and leaves and removals. */
  readonly joins: number;
  readonly leaves: number;
  /** Memberships that are over and of which the member received everything. */
  readonly wholeStays: number;
  readonly healedMs: number;
  /** From an acknowledgement to the last of the two people, while no fault was on, in milliseconds. */
  readonly delayMs: { readonly median: number; readonly p99: number };
  readonly faults: readonly { readonly name: string; readonly lastedMs: number; readonly readyMs: number; readonly arrivedMs: number }[];
  /** What must not be; empty where the run was good. */
  readonly wrong: readonly string[];
  /** The whole as lines for people. */
  readonly lines: readonly string[];
}

/** Counts. */
export function reportOf(outcome: Outcome): Report {
  const { ledger, crowd, world, faults, logs, seconds, healedMs } = outcome;
  const receipts = new Map<string, Receipt[]>();
  for (const { page } of crowd.clients) {
    for (const [conversationId, all] of page.receipts) {
      for (const receipt of all) {
        if (!receipt.token.startsWith('S')) continue;
        const key = `${conversationId} ${receipt.token}`;
        const known = receipts.get(key);
        if (known) known.push(receipt);
        else receipts.set(key, [receipt]);
      }
    }
  }
  const arrivals = ledger.acknowledged.map(({ conversationId, seq, begunAt, ackedAt }) => ({
    begunAt,
    ackedAt,
    all: receipts.get(`${conversationId} S${seq}`) ?? [],
  }));
  const healedHoles = arrivals.reduce((sum, { begunAt, all }) => {
    const silence = world.silences.find(({ from, to }) => begunAt >= from && begunAt <= to);
    return sum + (silence ? all.filter(({ at, live }) => live && at <= silence.to).length : 0);
  }, 0);
  const quiet = arrivals.filter(({ ackedAt }) => !faults.some(({ from, to }) => ackedAt >= from - 1000 && ackedAt <= to + 3000));
  const delays = quiet.map(({ ackedAt, all }) => Math.max(0, ...all.map(({ at }) => at - ackedAt))).sort((a, b) => a - b);
  const quantile = (share: number) => delays[Math.min(delays.length - 1, Math.floor(delays.length * share))] ?? 0;
  const timed = faults.map(({ name, from, to, readyMs }) => ({
    name,
    lastedMs: to - from,
    readyMs,
    arrivedMs: Math.max(0, ...arrivals.filter(({ ackedAt }) => ackedAt >= from && ackedAt <= to).flatMap(({ all }) => all.map(({ at }) => at - to))),
  }));
  const wrong = [...ledger.wrong].map(([kind, { first, count }]) => `${kind}${count > 1 ? ` (${count} times)` : ''}: ${first}`);
  const { counts } = ledger;
  const report = {
    seconds,
    acknowledged: ledger.acknowledged.length,
    events: counts.events,
    reconnects: counts.reconnects,
    catchUps: counts.catchUps,
    caughtUpEntries: counts.caughtUpEntries,
    healedHoles,
    joins: counts.joins,
    leaves: counts.leaves + counts.removals,
    wholeStays: counts.wholeStays,
    healedMs,
    delayMs: { median: quantile(0.5), p99: quantile(0.99) },
    faults: timed,
    wrong,
  };
  const lines = [
    ...timed.map(
      ({ name, lastedMs, readyMs, arrivedMs }) =>
        `  ${name.padEnd(34)} lasted ${pad(lastedMs)} ms, nodes ready after ${pad(readyMs)} ms, everything arrived after ${pad(arrivedMs)} ms`,
    ),
    `${seconds} s, ${faults.length} faults, ${report.acknowledged} messages acknowledged, ${ledger.recalled.size} recalls, ${counts.events} events`,
    `${counts.reconnects} reconnects, ${counts.catchUps} catch-ups of ${counts.caughtUpEntries} entries, ${healedHoles} healed holes`,
    `${counts.refreshes} refreshed sessions, ${counts.relogins} new logins`,
    `groups: ${counts.joins} joins, ${counts.leaves} leaves, ${counts.removals} removals; of ${counts.stays} memberships ${counts.returns} began after another one, ${counts.endedStays} are over, ${counts.wholeStays} of these were received whole`,
    `without a fault: median ${report.delayMs.median} ms from the answer to the last receiver, p99 ${report.delayMs.p99} ms`,
    `everything right ${healedMs} ms after the last fault`,
    ...listed('refusals', ledger.codes),
    ...listed('logged', logs),
    ...(wrong.length === 0 ? ['nothing is wrong'] : ['WRONG:', ...wrong.map((line) => `  ${line}`)]),
  ];
  return { ...report, lines };
}

const pad = (value: number) => `${value}`.padStart(6);

function listed(title: string, counts: ReadonlyMap<string, number>): string[] {
  const sorted = [...counts].sort(([, a], [, b]) => b - a);
  return sorted.length === 0 ? [] : [`${title}:`, ...sorted.slice(0, 25).map(([what, count]) => `  ${pad(count)}  ${what}`)];
}
