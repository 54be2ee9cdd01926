import { randomUUID } from 'node:crypto';
import type { ExecutionResult, GraphQLError } from 'graphql';
import { type Context, contextForMany, type WhyForEach } from '../../graphql/context.ts';
import type { EventSource, MayHave, SharedEvent } from '../../graphql/event-source.ts';
import { createReadBudget, readWithin } from '../../graphql/read-budget.ts';
import { AppError } from '../../kernel/errors.ts';
import type { Turns } from '../../kernel/turns.ts';
import type { Viewer } from '../../kernel/viewer.ts';
import type { Tx } from '../../platform/database.ts';
import { runEvent } from '../engine/execution.ts';
import { type Counted, isTooMuch, type RunLimits, tooManyBytes } from '../engine/meter.ts';
import { type Asked, allWith, type Batch, type BatchReader, everybodyWith, firstWith, type Group, type Shape, type SharedRun } from './batch.ts';
import { bytesOf } from './bytes.ts';

/** Makes what was thrown, and what was found, fit to be told to whoever asked. */
export interface Presenter {
  present(error: unknown, asked: Asked): GraphQLError;
  presentResult(result: ExecutionResult, asked: Asked): ExecutionResult;
}

/** The JSON of what one event shows, in pieces: the reader's own position stands between them. */
export type Pieces = readonly string[];

/** What was read of an event. */
interface Shown {
  readonly pieces: Pieces;
  /** What it has cost each of those for whom it was read. */
  readonly cost: number;
}

/** What was read. */
export interface Reading {
  /** Of an event for a reader: null where it is not for this one (any more). */
  shownTo(reader: BatchReader, event: EventSource): Shown | null;
  /** Of all events of a group, one after the other: null where something of it is not the same for everybody, or shows nothing. */
  shownToAll(group: Group): ShownToAll | null;
}

/** What was read of the events of a group, and who of them may have it. */
export interface ShownToAll {
  readonly events: readonly Pieces[];
  /** Undefined where all may. Whoever was not asked about may not, as far as is known here. */
  readonly may: ((viewer: Viewer) => boolean) | undefined;
  /** What it has cost each. */
  readonly cost: number;
}

/** What a run has given, or why it was too much. */
type Told = { readonly result: ExecutionResult } | { readonly tooMuch: unknown };

/** Before anything was run. */
const nothing = (): Counted => ({ cost: 0, bytes: 0 });

/** What each of so many who share a run pays of it, so that nobody pays for the others. */
function shareOf({ cost }: Counted, most: number, readers = 1): number {
  return Math.ceil((cost ?? most) / readers);
}

function tooMuchOf(told: Told): unknown {
  return 'tooMuch' in told ? told.tooMuch : undefined;
}

/** For the run of one event. */
export interface EventLimits extends RunLimits {
  /** Characters of texts that are read for it, whether they are shown or not. */
  readonly readCharacters: number;
  readonly turns: Pick<Turns, 'wait' | 'waitHolding'>;
}

/** What it takes to read a batch. */
interface ReadingOptions {
  readonly presenter: Presenter;
  readonly limits: EventLimits;
  /** Told when a run for many asked for the viewer. */
  readonly onUndeclared: (selection: string, typename: string) => void;
  readonly onFault: OnFault;
}

/** What came of a run for many, before it is known whether anybody may have it. */
interface Ran {
  readonly shape: Shape;
  readonly shared: SharedEvent;
  readonly reader: BatchReader;
  readonly event: EventSource;
  /** What it has cost each of those for whom it was run. */
  readonly cost: number;
  readonly outcome: Told | { readonly why: WhyForEach } | { readonly error: unknown };
}

/** Told of a fault in judging or showing an event, which is left out for that: what is the matter, and of whom it was found out. */
export type OnFault = (error: unknown, reader: BatchReader) => void;

/**
 * Reads, in one snapshot, all that is listed. An event that cannot be judged or shown is left out, and `onFault` is told; only where the database
 * is away it throws. What many have is judged and run at once, which spares the way to the database and back; nothing
 * is made of a run, not even of its failure, unless somebody may have it: else it reads what may be gone.
 */
export async function readBatch(tx: Tx, batch: Batch, { presenter, limits: limitsOfAll, onUndeclared, onFault }: ReadingOptions): Promise<Reading> {
  const token = randomUUID();
  // It holds a connection meanwhile: on SQLite the only one.
  const turns = { wait: () => limitsOfAll.turns.waitHolding() };
  const limits = { ...limitsOfAll, turns: { ...limitsOfAll.turns, ...turns } };
  // What a run has begun that was ended goes on for a while.
  let isOver = false;
  const ask: Context['read'] = (work) => (isOver ? Promise.reject(new Error('the snapshot is over')) : work(tx));
  // What SQLite reads it reads at once, without a turn of the event loop between two questions.
  const read: Context['read'] = (work) => turns.wait()?.then(() => ask(work)) ?? ask(work);
  const forMany = new Map<Shape, Map<SharedEvent, Shown>>();
  const forOne = new Map<BatchReader, Map<EventSource, Shown | null>>();

  const runForMany = async (shape: Shape, shared: SharedEvent, { readers }: SharedRun): Promise<Ran | null> => {
    const first = firstWith(batch, shape, shared, () => true);
    if (!first) return null;
    const { reader, event } = first;
    const reasons: WhyForEach[] = [];
    const budget = createReadBudget(limits.readCharacters);
    const contextValue = contextForMany(reader.context, {
      read: readWithin(budget, read),
      position: async () => token,
      onForEach: (why) => reasons.push(why),
    });
    let counted = nothing;
    const outcomeOf = (outcome: Ran['outcome']): Ran['outcome'] => {
      const why = reasons.at(-1);
      const tooMuch = budget.over();
      if (why === undefined && tooMuch) return { tooMuch };
      return why === undefined || 'error' in outcome ? outcome : { why };
    };
    const ran = (outcome: Ran['outcome']): Ran => ({
      shape,
      shared,
      reader,
      event,
      cost: shareOf(counted(), reader.cost, readers),
      outcome: outcomeOf(outcome),
    });
    try {
      const run = runEvent({ ...reader.args, rootValue: event, contextValue }, limits);
      ({ counted } = run);
      return ran({ result: await run.result });
    } catch (error) {
      return ran(isTooMuch(error) ? { tooMuch: error } : { error });
    }
  };

  const runForOne = async (reader: BatchReader, event: EventSource): Promise<Shown | null> => {
    const { args, context } = reader;
    if (event.prepare && !(await event.prepare(tx))) return null;
    const budget = createReadBudget(limits.readCharacters);
    const contextValue: Context = { ...context, read: readWithin(budget, read), position: () => positionOf(event) };
    let counted = nothing;
    let tooMuch: unknown;
    try {
      const run = runEvent({ ...args, rootValue: event, contextValue }, limits);
      ({ counted } = run);
      const result = await run.result;
      const shown = budget.over() ? '' : shownOf(result, reader);
      if (shown === null) return null;
      if (shown !== '' && shown.length <= limits.bytes) return { pieces: [shown], cost: shareOf(counted(), reader.cost) };
    } catch (error) {
      if (!isTooMuch(error)) throw error;
      tooMuch = error;
    }
    const refused = await refusalFor(reader, event, event.position, budget.over() ?? tooMuch);
    return { pieces: [refused], cost: shareOf(counted(), reader.cost) };
  };

  /** The JSON of what came of a run; null where it shows nothing of the event, because of a fault or because what it is about is gone. */
  const shownOf = (result: ExecutionResult, reader: BatchReader): string | null => {
    const error = failureOf(result);
    if (error === undefined) return bytesOf(jsonOf(presenter.presentResult(result, reader)));
    if (!(error instanceof AppError)) onFault(error, reader);
    else if (error.code !== 'NOT_FOUND') return bytesOf(jsonOf(presenter.presentResult(result, reader)));
    return null;
  };

  /** What is told in the place of an event that is too much: an error, with the place from which one goes on. */
  const refusalFor = async (reader: BatchReader, { shared }: EventSource, position: string | undefined, tooMuch: unknown = tooManyBytes(limits.bytes)) => {
    const error = presenter.present(tooMuch, reader);
    const cursor = position ?? (await shared?.placeOf?.(tx));
    if (cursor !== undefined) Object.assign(error.extensions, { cursor });
    return bytesOf(jsonOf({ errors: [error], data: null }));
  };

  // All at once, so that they ask the database together.
  const [judged, runs] = await Promise.all([
    judgeAll(tx, batch, onFault),
    Promise.all([...batch.forMany].flatMap(([shape, events]) => [...events].map(([shared, run]) => runForMany(shape, shared, run)))),
  ]);

  const mayHave = ({ viewer }: BatchReader, { shared }: EventSource): boolean => {
    if (shared === undefined) return true;
    const may = judged.get(shared);
    return may === 'EVERYBODY' || may?.(viewer) === true;
  };

  const each = [...batch.forOne];
  for (const ran of runs) {
    if (!ran || !firstWith(batch, ran.shape, ran.shared, mayHave)) continue;
    const { shape, shared, reader, event, cost, outcome } = ran;
    if ('error' in outcome) {
      requireThere(outcome.error);
      onFault(outcome.error, reader);
      continue;
    }
    if (!('why' in outcome)) {
      const shown = 'result' in outcome ? shownOf(outcome.result, reader) : undefined;
      if (shown === null) continue;
      const found = forMany.get(shape) ?? new Map<SharedEvent, Shown>();
      const fits = shown !== undefined && shown.length <= limits.bytes;
      const payload = fits ? shown : await refusalFor(reader, event, event.position === undefined ? undefined : token, tooMuchOf(outcome));
      forMany.set(shape, found.set(shared, { pieces: payload.split(token), cost }));
      continue;
    }
    if (outcome.why === 'UNDECLARED' && shape.types.delete(shared.typename)) onUndeclared(shape.name, shared.typename);
    each.push(...allWith(batch, shape, shared));
  }
  await Promise.all(
    each.map(async ({ reader, event }) => {
      if (!mayHave(reader, event)) return;
      const own = forOne.get(reader) ?? new Map<EventSource, Shown | null>();
      forOne.set(reader, own);
      try {
        own.set(event, await runForOne(reader, event));
      } catch (error) {
        requireThere(error);
        own.set(event, null);
        onFault(error, reader);
      }
    }),
  );

  isOver = true;
  return {
    shownTo(reader, event) {
      if (!mayHave(reader, event)) return null;
      const own = forOne.size === 0 ? undefined : forOne.get(reader)?.get(event);
      if (own !== undefined) return own;
      return (event.shared && forMany.get(reader.shape)?.get(event.shared)) ?? null;
    },
    shownToAll({ shape, events }) {
      const shown = events.flatMap(({ shared }) => forMany.get(shape)?.get(shared) ?? []);
      if (shown.length < events.length) return null;
      const judges = events.map(({ shared }) => judged.get(shared) ?? (() => false)).filter((may) => may !== 'EVERYBODY');
      return {
        events: shown.map(({ pieces }) => pieces),
        may: judges.length === 0 ? undefined : (viewer) => judges.every((may) => may(viewer)),
        cost: shown.reduce((sum, { cost }) => sum + cost, 0),
      };
    },
  };
}

/** Who may have each event that many have. */
async function judgeAll(tx: Tx, batch: Batch, onFault: OnFault): Promise<ReadonlyMap<SharedEvent, MayHave>> {
  const { forMany, forOne } = batch;
  const asked = new Set<SharedEvent>();
  for (const events of forMany.values()) for (const shared of events.keys()) asked.add(shared);
  for (const { event } of forOne) if (event.shared) asked.add(event.shared);
  const judged = new Map<SharedEvent, MayHave>();
  await Promise.all(
    [...asked].map(async (shared) => {
      const viewers = () => everybodyWith(batch, shared).map(({ viewer }) => viewer);
      try {
        judged.set(shared, await shared.judge(tx, viewers));
      } catch (error) {
        requireThere(error);
        const [reader] = everybodyWith(batch, shared);
        if (reader) onFault(error, reader);
      }
    }),
  );
  return judged;
}

/** Throws where the database is away: the event is read again. */
function requireThere(error: unknown): void {
  if (error instanceof AppError && error.code === 'UNAVAILABLE') throw error;
}

/** Why a run shows nothing of its event; undefined where it shows something. */
function failureOf({ data, errors }: ExecutionResult): unknown {
  const [error] = errors ?? [];
  if (error === undefined || (data && Object.values(data).some((value) => value !== null))) return undefined;
  return error.originalError ?? error.cause ?? error;
}

/** The payload of a `next` message with a reader's position. */
export function joinPieces(pieces: Pieces, position = ''): string {
  let text = pieces[0] ?? '';
  for (let index = 1; index < pieces.length; index += 1) text += position + pieces[index];
  return text;
}

/** The payload of a `next` message, as graphql-ws writes it. */
function jsonOf({ errors, ...rest }: ExecutionResult): string {
  return JSON.stringify(errors ? { ...rest, errors: errors.map((error) => error.toJSON()) } : rest);
}

async function positionOf({ position }: EventSource): Promise<string> {
  if (position === undefined) throw new Error('this subscription tells no position');
  return position;
}
