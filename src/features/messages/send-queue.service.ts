import { AppError } from '../../kernel/errors.ts';
import { createFairLine, type FairLine } from '../../kernel/fair-line.ts';
import { isLockConflict, type TransactionOptions } from '../../platform/database.ts';
import { type Metrics, noMetrics, secondsSince } from '../../platform/metrics.ts';
import type { SentMessage } from './message-view.service.ts';
import type { Payment, Toll, Tolls } from './toll.service.ts';

/**
 * Gathers sends: what comes in one turn of the event loop, and what comes while others are being written, is written together. Nobody waits for
 * company beyond that. Each caller has their own answer and their own refusal, and nobody's statement, lock or conversation is another one's
 * matter. Senders take turns: however much one of them has in the line, somebody else waits for what is under way and no longer. Of one sender no
 * message overtakes another in the same conversation.
 */
export interface SendQueue<S> {
  /** Resolves when the message is committed; throws why it is refused, `UNAVAILABLE` within the time that a call to the database has. */
  send(send: S): Promise<SentMessage>;
}

/**
 * What became of one of several sends: written, now or before; refused; good, but for what it owes; or not tried, because it waits for a lock that somebody else holds
 * (BUSY), or makes a conversation (FIRST), which each does in a transaction of its own.
 */
export type Outcome = Written | { readonly refusal: AppError } | { readonly owed: readonly Toll[] } | 'BUSY' | 'FIRST';

/** A message that was written, and what of its payment was for that: nothing where it was written before. */
export interface Written {
  readonly message: SentMessage;
  readonly used: readonly Toll[];
}

/** What every message on its way has. */
interface Paying {
  readonly payment: Payment;
}

/** What the queue has to know of what it gathers. */
export interface QueueRules<S> {
  /** What waits is measured under these names. */
  readonly queues: { readonly line: 'sends' | 'notices'; readonly held: 'held sends' | 'held notices' };
  /** Who takes turns with others. */
  senderOf(send: S): number;
  /** Whose sends follow each other: the conversation, as this sender names it. */
  laneOf(send: S): string;
  /** What else is in one transaction at a time: a second one with the same would wait for the first one's locks. */
  markOf(send: S): string;
  /** How many characters it has, more or less. */
  charactersOf(send: S): number;
}

/** Writes sends in one transaction, as `writeSends` says. */
type Write<S> = (sends: readonly S[], waits: boolean, options: TransactionOptions) => Promise<Outcome[]>;

/** Sends in one transaction. */
const together = 64;

/** Characters in one transaction, more or less: each makes a row of the index, and no transaction may take as long as a call has time. */
const charactersTogether = 25_000;

/** Transactions of the line at once. Only what fills one goes beside another: few large ones cost everybody less than many small ones. */
const atOnce = 4;

/** Transactions of one sender at once that go a way of their own: each keeps a connection, also while it waits for a lock. */
const waysOfOne = 4;

/** The part of the time of a call that a send may wait for its turn; the rest is for the writing. */
const patience = 0.75;

interface Waiting<S> {
  send: S;
  /** What it was told to owe, and has not paid. */
  owed: readonly Toll[];
  /** Whose sends follow each other: the conversation, as this sender names it. */
  readonly lane: string;
  readonly characters: number;
  readonly since: number;
  resolve(message: SentMessage, used: readonly Toll[]): void;
  reject(error: unknown): void;
}

/** A conversation whose sends go a way of their own, a transaction at a time. */
interface Lane<S> {
  readonly name: string;
  readonly waiting: FairLine<Waiting<S>>;
  isUnderWay: boolean;
}

/** Makes the queue. `timeoutMs`: for how long a call to the database may take, waiting included; `tolls` pays what sends owe, between two transactions. */
export function createSendQueue<S extends Paying>(
  write: Write<S>,
  rules: QueueRules<S>,
  timeoutMs: number,
  tolls: Tolls,
  metrics: Metrics = noMetrics,
): SendQueue<S> {
  const senderOf = ({ send }: Waiting<S>) => rules.senderOf(send);
  const createLine = () => createFairLine<Waiting<S>>(senderOf);
  const line = createLine();
  let running = 0;
  /** What is under way, by mark and by lane: a second transaction with the same would wait for the first one's locks. */
  const busy = new Set<string>();
  /** Conversations whose log somebody else held, or whose sends cannot be written with the others: what goes there goes its own way, in order. */
  const lanes = new Map<string, Lane<S>>();
  /** How many transactions of a sender go a way of their own. */
  const ways = new Map<number, number>();

  metrics.watch('queueLength', { queue: rules.queues.line }, () => line.size);
  metrics.watch('queueLength', { queue: rules.queues.held }, () => [...lanes.values()].reduce((sum, { waiting }) => sum + waiting.size, 0));

  const marksOf = ({ send, lane }: Waiting<S>) => [rules.markOf(send), lane];

  /** Refuses whoever has waited for so long that there is not time enough left to write. */
  const refuseLate = (waiting: FairLine<Waiting<S>>): void => {
    const bound = performance.now() - timeoutMs * patience;
    const late = [...waiting].filter(({ since }) => since < bound);
    waiting.remove(late);
    for (const { reject } of late) reject(new AppError('UNAVAILABLE'));
  };

  /** Writes some together, and gives those that were not written: not tried, or what failed for all of them. */
  const writeAll = async (batch: readonly Waiting<S>[], waits: boolean): Promise<readonly Waiting<S>[]> => {
    const time = timeoutMs - (performance.now() - Math.min(...batch.map(({ since }) => since)));
    let outcomes: Outcome[];
    try {
      outcomes = await write(
        batch.map(({ send }) => send),
        waits,
        batch.length > 1 ? { ms: time, attempts: 1 } : { ms: time },
      );
    } catch (error) {
      // Nothing is known of who is to blame, and nothing was written. Where the database is away there is nobody to blame.
      const away = error instanceof AppError && !isLockConflict(error.cause);
      if (batch.length > 1 && !away) return batch;
      for (const { reject } of batch) reject(error);
      return [];
    }
    let sent = 0;
    const left = batch.filter((item, index) => {
      const outcome = outcomes[index] ?? 'BUSY';
      if (typeof outcome === 'string') return true;
      if ('owed' in outcome) {
        item.owed = outcome.owed;
        return true;
      }
      if ('message' in outcome) {
        item.resolve(outcome.message, outcome.used);
        metrics.observe('sendSeconds', {}, secondsSince(item.since));
        sent += 1;
      } else item.reject(outcome.refusal);
      return false;
    });
    if (sent > 0) metrics.observe('sendsTogether', {}, sent);
    return left;
  };

  /** One after the other: what there is goes to those who came first. Where there is nothing, that is known from now on, and the writing decides. */
  const payFor = async (batch: readonly Waiting<S>[]): Promise<void> => {
    for (const item of batch) {
      if (item.owed.length === 0) continue;
      item.send = { ...item.send, payment: await tolls.pay(item.send.payment, item.owed) };
      item.owed = [];
    }
  };

  const writeAlone = async (item: Waiting<S>): Promise<void> => {
    do {
      await payFor([item]);
      const [left] = await writeAll([item], true);
      if (left && left.owed.length === 0) left.reject(new Error('a send that is alone was not tried'));
    } while (item.owed.length > 0);
  };

  /** Takes from those who wait what may be written together now. */
  const take = (waiting: FairLine<Waiting<S>>, isFree: (item: Waiting<S>) => boolean): Waiting<S>[] => {
    const batch: Waiting<S>[] = [];
    let characters = 0;
    refuseLate(waiting);
    for (const item of waiting) {
      if (!isFree(item)) continue;
      // Full for all who come later too: of one sender nobody overtakes another.
      if (batch.length === together || (batch.length > 0 && characters + item.characters > charactersTogether)) break;
      batch.push(item);
      characters += item.characters;
    }
    waiting.remove(batch);
    return batch;
  };

  const mayEnter = (sender: number) => (ways.get(sender) ?? 0) < waysOfOne;

  const countWays = (senders: Iterable<number>, more: number): void => {
    for (const sender of senders) {
      const count = (ways.get(sender) ?? 0) + more;
      if (count > 0) ways.set(sender, count);
      else ways.delete(sender);
    }
  };

  /** One after the other where they cannot be written together: the first one of a conversation makes it for those behind. */
  const writeInLane = async (lane: Lane<S>, batch: readonly Waiting<S>[]): Promise<void> => {
    const senders = [...new Set(batch.map(senderOf))];
    lane.isUnderWay = true;
    countWays(senders, 1);
    await payFor(batch);
    for (const item of await writeAll(batch, true)) await writeAlone(item);
    countWays(senders, -1);
    lane.isUnderWay = false;
    for (const next of [lane, ...lanes.values()]) if (senders.some(mayEnter)) advanceLane(next);
  };

  const advanceLane = (lane: Lane<S>): void => {
    if (lane.isUnderWay) return;
    const batch = take(lane.waiting, (item) => mayEnter(senderOf(item)));
    if (batch.length > 0) void writeInLane(lane, batch);
    else if (lane.waiting.size === 0) lanes.delete(lane.name);
  };

  const pushApart = (lane: Lane<S>, item: Waiting<S>): void => {
    lane.waiting.push(item);
    advanceLane(lane);
  };

  const sortOut = (item: Waiting<S>): void => {
    const lane = lanes.get(item.lane) ?? { name: item.lane, waiting: createLine(), isUnderWay: false };
    lanes.set(lane.name, lane);
    pushApart(lane, item);
  };

  /** Whoever waits behind those that go a way of their own now, into the same conversation, goes behind them there. */
  const follow = (): void => {
    const behind = [...line].filter(({ lane }) => lanes.has(lane));
    line.remove(behind);
    for (const item of behind) sortOut(item);
  };

  const advance = (): void => {
    while (line.size > 0 && (running === 0 || (running < atOnce && line.size >= together))) {
      const batch = take(line, (item) => !marksOf(item).some((mark) => busy.has(mark)));
      if (batch.length === 0) return;
      const taken = batch.flatMap(marksOf);
      for (const mark of taken) busy.add(mark);
      running += 1;
      void writeAll(batch, false).then((left) => {
        for (const mark of taken) busy.delete(mark);
        running -= 1;
        for (const item of left) sortOut(item);
        if (left.length > 0) follow();
        advance();
      });
    }
  };

  let isTurnAwaited = false;
  /** Begins when all that came in this turn of the event loop is in the line. */
  const advanceSoon = () => {
    if (isTurnAwaited) return;
    isTurnAwaited = true;
    setImmediate(() => {
      isTurnAwaited = false;
      advance();
    });
  };

  return {
    send: (send) =>
      new Promise((resolve, reject) => {
        const lane = rules.laneOf(send);
        const item: Waiting<S> = {
          send,
          owed: [],
          lane,
          characters: rules.charactersOf(send),
          since: performance.now(),
          resolve(message, used) {
            tolls.settle(item.send.payment, used);
            resolve(message);
          },
          reject(error) {
            tolls.settle(item.send.payment, []);
            reject(error);
          },
        };
        const ahead = lanes.get(lane);
        if (ahead) pushApart(ahead, item);
        else {
          line.push(item);
          advanceSoon();
        }
      }),
  };
}
