import { median, percentile, round } from '../harness/results.ts';
import type { Outcomes } from './attacker.ts';
import type { Met, Times } from './ordinary.ts';
import type { Rows } from './town.ts';

/** Where ordinary people are: behind the attacker's address, or behind another one. */
export const places = ['same', 'elsewhere'] as const;

/** One round of one kind of attack. */
export interface Phase {
  readonly met: Readonly<Record<(typeof places)[number], Met>>;
  /** What became of the attacker's tries. */
  readonly outcomes: Outcomes;
  /** The part of its core that the server used. */
  readonly busy: number;
  /** The part of the time in which its main thread could have gone on and others had the core: its own threads that hash, or what else is running. */
  readonly robbed: number;
  /** Resident bytes afterwards, and how many more than before. */
  readonly memory: number;
  readonly grown: number;
  readonly before: Rows;
  readonly after: Rows;
  /** The 99th percentile of how late a timer was in the process that measures, in milliseconds. */
  readonly late: number;
}

/** What it may take, in milliseconds. */
export const goals = { login: 1000, send: 250, receipt: 250 } as const;

/** What of a kind counts: the longest login, and the 99th percentile of everything else. */
export function worstOf(times: Times, what: keyof Times): number {
  return percentile(times[what], what === 'login' ? 1 : 0.99);
}

const ms = (value: number) => (Number.isNaN(value) ? '–' : `${Math.round(value)}`);

/** The phases as a table in Markdown: of the times of all rounds together the median and what counts, first behind the same address. */
export function phaseTable(phases: ReadonlyMap<string, readonly Phase[]>): string {
  const head = ['while it does this', 'login', 'send', 'receipt', 'page', 'went wrong', 'passed, refused (a second)', 'core', 'memory', 'rows', 'late'];
  const lines = [...phases].map(([kind, rounds]) => {
    const cells = (['login', 'send', 'receipt', 'page'] as const).map((what) =>
      places
        .map((place) => {
          const times = rounds.flatMap(({ met }) => met[place].times[what]);
          return `${ms(percentile(times, 0.5))}/${ms(percentile(times, what === 'login' ? 1 : 0.99))}`;
        })
        .join(' · '),
    );
    return [
      kind,
      ...cells,
      faultsOf(rounds) || 'nothing',
      outcomesOf(rounds) || '–',
      `${percent(median(rounds.map(({ busy }) => busy)))} (waited ${percent(median(rounds.map(({ robbed }) => robbed)))})`,
      `${round(Math.max(...rounds.map(({ memory }) => memory)) / 1e6)} MB (${signed(median(rounds.map(({ grown }) => grown)) / 1e6)})`,
      rowsOf(rounds) || '0',
      `${round(Math.max(...rounds.map(({ late }) => late)))} ms`,
    ];
  });
  return [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function faultsOf(rounds: readonly Phase[]): string {
  const faults = new Map<string, number>();
  for (const { met } of rounds) for (const place of places) for (const [what, times] of met[place].faults) faults.set(what, (faults.get(what) ?? 0) + times);
  return [...faults].map(([what, times]) => `${what} ×${times}`).join(', ');
}

function outcomesOf(rounds: readonly Phase[]): string {
  const names = new Set(rounds.flatMap(({ outcomes }) => Object.keys(outcomes)));
  return [...names].map((name) => `${name} ${round(median(rounds.map(({ outcomes }) => outcomes[name] ?? 0)))}`).join(', ');
}

function rowsOf(rounds: readonly Phase[]): string {
  const tables = [...(rounds[0]?.after.keys() ?? [])];
  return tables
    .map((table) => [table, median(rounds.map(({ before, after }) => (after.get(table) ?? 0) - (before.get(table) ?? 0)))] as const)
    .filter(([, more]) => more !== 0)
    .map(([table, more]) => `${table} ${signed(more)}`)
    .join(', ');
}

const percent = (part: number) => `${Math.round(part * 100)} %`;
const signed = (value: number) => `${value < 0 ? '−' : '+'}${round(Math.abs(value))}`;
