import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../../kernel/errors.ts';
import { type FeedEnd, type NewsListener, Outbox } from '../../kernel/feed.ts';
import type { Gate } from '../../kernel/gate.ts';
import { rest } from '../../kernel/turns.ts';
import type { Viewer } from '../../kernel/viewer.ts';
import type { Database, Tx } from '../../platform/database.ts';
import type { Metrics } from '../../platform/metrics.ts';
import type { EntryRow } from '../log/log.service.ts';
import type { LogListener, Round } from './round.service.ts';
import type { Hub } from './served.service.ts';

/** What every stream is made of that follows logs. */
export interface LogStreamParts {
  readonly database: Database;
  readonly hub: Hub;
  /** How many reads for replays may run at once on this node. */
  readonly gate: Gate;
  /** More missed than this is not replayed. */
  readonly replayLimit: number;
  /** So much waits for one slow reader; beyond that the stream catches up from the tables. */
  readonly queueLimit: number;
  /** Told of what failed and is tried again, once until it works. */
  readonly onFault: (error: unknown) => void;
  readonly metrics: Metrics;
}

/** Shared by all that have none, so never changed. */
const none: never[] = [];

/** What was to be done for a stream is not done any more. */
class StreamOver extends Error {}

const awayMs = 250;
const longestFaultMs = 4000;

/**
 * A stream of what happens in logs, for one viewer: it catches up from the tables, in rounds, and is live then. What the hub gives meanwhile is kept, so
 * much and no more: of what is too much the next round reads. A class and not closures, and its own listener and feed, because there is one for each
 * subscription: it has its data and no more.
 */
export abstract class LogStream<T, P extends LogStreamParts> extends Outbox<T> implements LogListener {
  protected readonly parts: P;
  protected readonly viewer: Viewer;
  protected phase: 'CATCHING_UP' | 'LIVE' | 'CLOSED' = 'CATCHING_UP';
  protected queue: EntryRow[] = none;
  protected overflow = false;

  constructor(parts: P, viewer: Viewer) {
    super(parts.queueLimit);
    this.parts = parts;
    this.viewer = viewer;
  }

  get userId() {
    return this.viewer.userId;
  }

  round(round: Round): void {
    if (this.takeAtOnce(round)) return;
    for (const entry of round.entries) this.entry(entry);
  }

  /** Has the reader take a round that was read ahead. False where it cannot: then nothing was given. */
  protected abstract takeAtOnce(round: Round): boolean;

  readerOf(_round: Round): NewsListener | null {
    return this.phase === 'LIVE' ? this.listener : null;
  }

  abstract foresee(entry: EntryRow): T | null;

  /** Gives an entry, or keeps it while the stream catches up. */
  protected abstract entry(entry: EntryRow): void;

  /** One round of catching up. True where the stream is live, or closed; false where another round is needed. */
  protected abstract attempt(): Promise<boolean>;

  /** Where it stands: a round that has moved it was not for nothing. */
  protected abstract stand(): unknown;

  override finish(how: FeedEnd): void {
    if (this.isClosed()) return;
    this.phase = 'CLOSED';
    this.parts.hub.detach(this);
    super.finish(how);
  }

  protected isClosed(): boolean {
    return this.phase === 'CLOSED';
  }

  /**
   * Makes rounds until one needs no other, or the stream is over. Whatever fails is tried again after a pause, which grows where the fault is not that
   * the database is away: a stream that ended would be opened again by its client at once, and meet the same.
   */
  async catchUp(): Promise<void> {
    this.parts.metrics.add('catchUps', { reason: this.phase === 'LIVE' ? 'behind' : 'begin' });
    this.phase = 'CATCHING_UP';
    this.forget();
    let idle = 0;
    let faults = 0;
    while (!this.isClosed()) {
      const stood = this.stand();
      try {
        if (await this.attempt()) return;
        faults = 0;
        idle = this.stand() === stood ? idle + 1 : 0;
        await rest(idle);
      } catch (error) {
        if (this.isClosed()) return;
        if (error instanceof AppError && error.code === 'UNAVAILABLE') await sleep(awayMs);
        else {
          if (faults === 0) this.parts.onFault(error);
          await sleep(Math.min(longestFaultMs, awayMs * 2 ** faults));
          faults += 1;
        }
      }
    }
  }

  /** Keeps what comes while the stream catches up. */
  protected keep(entry: EntryRow): void {
    if (this.overflow) return;
    if (this.queue.length === 0) this.queue = [entry];
    else this.queue.push(entry);
    if (this.queue.length <= this.parts.queueLimit) return;
    this.overflow = true;
    this.queue = none;
  }

  /** What was kept, and is not any more. Nothing where it was too much: then `overflow` is set. */
  protected take(): readonly EntryRow[] {
    const taken = this.queue;
    this.queue = none;
    return taken;
  }

  /** Keeps nothing of what came until now: it will be read. */
  protected forget(): void {
    this.queue = none;
    this.overflow = false;
  }

  /** The gate in front of what is read for replays, in which people take turns. Fails where the stream is over when its turn comes: nobody waits for it. */
  protected turns(): Pick<Gate, 'run'> {
    return {
      run: (work) =>
        this.parts.gate.run(async () => {
          if (this.isClosed()) throw new StreamOver();
          return await work();
        }, this.userId),
    };
  }

  /** Reads in its turn. */
  protected async read<R>(work: (tx: Tx) => Promise<R>): Promise<R> {
    return await this.turns().run(() => this.parts.database.read(work, this.userId));
  }
}
