import type { ValidatedSubscriptionArgs } from 'graphql';
import type { Round } from '../../features/events/round.service.ts';
import type { Context } from '../../graphql/context.ts';
import type { EventSource, SharedEvent } from '../../graphql/event-source.ts';
import type { Feed } from '../../kernel/feed.ts';
import type { Viewer } from '../../kernel/viewer.ts';

/** Who asked for what. */
export interface Asked {
  readonly args: Pick<ValidatedSubscriptionArgs, 'document'>;
  readonly context: Context;
}

/** What a batch has to know of a reader. */
export interface BatchReader extends Asked {
  readonly args: ValidatedSubscriptionArgs;
  readonly feed: Feed<unknown>;
  readonly shape: Shape;
  readonly viewer: Viewer;
  /** What one event of it costs at most. */
  readonly cost: number;
  /** How many of what waits in its feed, the oldest, are listed. */
  listed: number;
}

/** What several readers select: one object for all of them. */
export interface Shape {
  readonly name: string;
  readers: number;
  /** The types of events that are run once for all of them. */
  readonly types: Set<string>;
}

/** Readers of one shape to whom the same events are about to be given, and for whom nothing else waits. */
export interface Group<R extends BatchReader = BatchReader> {
  readonly shape: Shape;
  readonly readers: R[];
  /** In the order in which they are given; all of them are run once for all who select the same. */
  readonly events: readonly (EventSource & { readonly shared: SharedEvent })[];
  /** Which of what is given together each of them is. */
  readonly at: readonly number[];
}

/** A round that is to be read ahead, for whom, and what gives it. */
export interface WaitingRound<R extends BatchReader = BatchReader> {
  readonly round: Round;
  readonly groups: readonly Group<R>[];
  give(): void;
}

/** What is read in one snapshot. */
export interface Batch<R extends BatchReader = BatchReader> {
  /** Who is listed, with something of what waits for each. */
  readonly readers: R[];
  readonly rounds: WaitingRound<R>[];
  /** What is run once for all who select the same, and for how many. */
  readonly forMany: Map<Shape, Map<SharedEvent, SharedRun>>;
  /** What is run for one reader. */
  readonly forOne: OneRun[];
  /** How many different things are run. */
  runs: number;
  /** What was listed last: the next reader mostly has and selects the same. */
  last: { readonly shape: Shape; readonly shared: SharedEvent; readonly run: SharedRun } | null;
}

/** What is run once, and for how many. */
export interface SharedRun {
  readers: number;
}

/** An event of one reader. */
export interface OneRun {
  readonly reader: BatchReader;
  readonly event: EventSource;
}

/** Nothing to read yet. */
export function emptyBatch<R extends BatchReader>(): Batch<R> {
  return { readers: [], rounds: [], forMany: new Map(), forOne: [], runs: 0, last: null };
}

/** Adds what a reader has to be told to what is read. */
export function addTo(batch: Batch, reader: BatchReader, event: EventSource): void {
  const { shape } = reader;
  const { shared } = event;
  if (shared !== undefined && batch.last?.shared === shared && batch.last.shape === shape) {
    batch.last.run.readers += 1;
    return;
  }
  if (shared === undefined || !shape.types.has(shared.typename)) {
    batch.forOne.push({ reader, event });
    batch.runs += 1;
    return;
  }
  batch.last = { shape, shared, run: runFor(batch, shape, shared, 1) };
}

/** Adds a round that is to be read ahead. */
export function addRound<R extends BatchReader>(batch: Batch<R>, round: WaitingRound<R>): void {
  batch.rounds.push(round);
  for (const { shape, readers, events } of round.groups) for (const { shared } of events) runFor(batch, shape, shared, readers.length);
}

function runFor(batch: Batch, shape: Shape, shared: SharedEvent, readers: number): SharedRun {
  const events = batch.forMany.get(shape) ?? new Map<SharedEvent, SharedRun>();
  const run = events.get(shared) ?? { readers: 0 };
  if (run.readers === 0) batch.runs += 1;
  run.readers += readers;
  batch.forMany.set(shape, events.set(shared, run));
  return run;
}

/** What is listed of a reader, to be read alone. */
export function batchOf<R extends BatchReader>(reader: R): Batch<R> {
  const batch = emptyBatch<R>();
  batch.readers.push(reader);
  for (const event of listedOf(reader)) addTo(batch, reader, event);
  return batch;
}

function listedOf({ feed, listed }: BatchReader): readonly EventSource[] {
  return feed.waiting.slice(0, listed).map(sourceOf);
}

/** All who are listed with an event and select the same. */
export function allWith(batch: Batch, shape: Shape, shared: SharedEvent): OneRun[] {
  return batch.readers.flatMap((reader) =>
    reader.shape === shape
      ? listedOf(reader)
          .filter((event) => event.shared === shared)
          .map((event) => ({ reader, event }))
      : [],
  );
}

/** The first who has an event and selects this, and for whom it holds. */
export function firstWith(batch: Batch, shape: Shape, shared: SharedEvent, holds: (reader: BatchReader, event: EventSource) => boolean): OneRun | null {
  for (const reader of batch.readers) {
    if (reader.shape !== shape) continue;
    const event = listedOf(reader).find((listed) => listed.shared === shared);
    if (event && holds(reader, event)) return { reader, event };
  }
  for (const { shape: its, readers, events } of groupsOf(batch)) {
    const event = its === shape ? events.find((each) => each.shared === shared) : undefined;
    const reader = event && readers.find((each) => holds(each, event));
    if (reader) return { reader, event };
  }
  return null;
}

/** All who have an event, whatever they select. */
export function everybodyWith(batch: Batch, shared: SharedEvent): BatchReader[] {
  const listed = batch.readers.filter((reader) => listedOf(reader).some((event) => event.shared === shared));
  for (const group of groupsOf(batch)) if (group.events.some((event) => event.shared === shared)) for (const reader of group.readers) listed.push(reader);
  return listed;
}

/** For how many readers it is read. */
export function readersOf(batch: Batch): number {
  return groupsOf(batch).reduce((sum, { readers }) => sum + readers.length, batch.readers.length);
}

function groupsOf({ rounds }: Batch): readonly Group[] {
  return rounds.flatMap(({ groups }) => groups);
}

/** What waits in a feed of this schema is what an event stands on; a subscription may as well give something plain. */
export function sourceOf(item: unknown): EventSource {
  return isSource(item) ? item : {};
}

function isSource(value: unknown): value is EventSource {
  return typeof value === 'object' && value !== null && (!('prepare' in value) || typeof value.prepare === 'function');
}
