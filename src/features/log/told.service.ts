import { isObject } from '../../kernel/stored-json.ts';
import type { RowOf } from '../../platform/database.ts';
import type { Entry } from './log.entity.ts';

type EntryRow = RowOf<typeof Entry>;

/** A row as a transaction writes it into a table of its own: what an entry is about. */
export type WrittenRow = Readonly<Record<string, string | number | null>>;

/** A message that was sent, as its log has it. */
export interface ToldEntry {
  readonly entry: EntryRow;
  readonly row: WrittenRow;
}

/**
 * The messages that one transaction has written into a log, which is all that it has written there. Told with the bell to whoever serves the log, so
 * that nobody on their way to the readers reads what is known.
 */
export interface Told {
  readonly logId: number;
  /** The epoch of the entry before the first of these; 0 where there is none. */
  readonly epochBefore: number;
  /** When they were written, by the database's clock, in milliseconds. */
  readonly at: number;
  /** In their order, without a hole. */
  readonly entries: readonly ToldEntry[];
}

/** As a bell carries it from node to node. */
export interface ToldOnWire {
  readonly epochBefore: number;
  readonly epoch: number;
  readonly at: number;
  readonly sent: readonly (readonly [rev: number, seq: number, row: WrittenRow])[];
}

/** More characters than this a bell does not carry: whoever hears it reads the tables. */
const longest = 32_768;

/** The entry of a message that was sent. */
export function sentEntry(
  logId: number,
  { rev, seq, epoch, at }: { readonly rev: number; readonly seq: number; readonly epoch: number; readonly at: number },
): EntryRow {
  return { logId, rev, epoch, at, kind: 'SENT', seq, aboutId: null, aboutRev: null, people: null };
}

/** What a bell carries of what was written; undefined where it is too much. */
export function onWire({ epochBefore, at, entries }: Told): ToldOnWire | undefined {
  let size = 0;
  for (const { row } of entries) for (const name in row) size += name.length + lengthOf(row[name]);
  if (size > longest) return undefined;
  return { epochBefore, epoch: entries[0]?.entry.epoch ?? 0, at, sent: entries.map(({ entry, row }) => [entry.rev, entry.seq ?? 0, row]) };
}

function lengthOf(value: string | number | null | undefined): number {
  return typeof value === 'string' ? value.length + 6 : 12;
}

/** What a bell of any version says that was written; null where it says nothing, or nothing that is understood here. */
export function readTold(logId: number, wire: unknown): Told | null {
  if (!isObject(wire)) return null;
  const { epochBefore, epoch, at, sent } = wire;
  if (!isWhole(epochBefore) || !isWhole(epoch) || !isWhole(at) || !Array.isArray(sent)) return null;
  const entries: ToldEntry[] = [];
  for (const item of sent) {
    const [rev, seq, row]: unknown[] = Array.isArray(item) ? item : [];
    if (!isWhole(rev) || !isWhole(seq) || !isRow(row)) return null;
    if (entries.length > 0 && entries.at(-1)?.entry.rev !== rev - 1) return null;
    entries.push({ entry: sentEntry(logId, { rev, seq, epoch, at }), row });
  }
  return entries.length === 0 ? null : { logId, epochBefore, at, entries };
}

function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value);
}

function isRow(value: unknown): value is WrittenRow {
  if (!isObject(value)) return false;
  for (const name in value) {
    const cell = value[name];
    if (cell !== null && typeof cell !== 'string' && typeof cell !== 'number') return false;
  }
  return true;
}
