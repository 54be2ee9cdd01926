import { AppError } from '../../kernel/errors.ts';
import { isLockConflict, type TransactionOptions } from '../../platform/database.ts';
import { textLimit } from './content.policy.ts';
import type { MessageView } from './message-view.service.ts';
import { nameOf, type Outcome, type Send } from './send.service.ts';

/**
 * Gathers sends: what comes in one turn of the event loop, and what comes while others are being written, is written together. Nobody waits for
 * company beyond that. Each caller has their own answer and their own refusal, and nobody's statement, lock or conversation is another one's
 * matter. Of one sender no message overtakes another in the same conversation.
 */
export interface SendQueue {
  /** Resolves when the message is committed; throws why it is refused, `UNAVAILABLE` within the time that a call to the database has. */
  send(send: Send): Promise<MessageView>;
}

/** Writes sends in one transaction, as `writeSends` says. */
type Write = (sends: readonly Send[], waits: boolean, options: TransactionOptions) => Promise<Outcome[]>;

/** Sends in one transaction. */
const together = 64;

/** Characters in one transaction, more or less: each makes a row of the index, and no transaction may take as long as a call has time. */
const charactersTogether = 25_000;

/** Transactions of the line at once. Only what fills one goes beside another: few large ones cost everybody less than many small ones. */
const atOnce = 4;

/** The part of the time of a call that a send may wait for its turn; the rest is for the writing. */
const patience = 0.75;

interface Waiting {
  readonly send: Send;
  /** Whose sends follow each other: the conversation, as this sender names it. */
  readonly lane: string;
  readonly characters: number;
  readonly since: number;
  resolve(message: MessageView): void;
  reject(error: unknown): void;
}

/** Makes the queue. `timeoutMs`: for how long a call to the database may take, waiting included. */
export function createSendQueue(write: Write, timeoutMs: number): SendQueue {
  const line: Waiting[] = [];
  let running = 0;
  /** What is under way, by sender and by lane: a second transaction with the same would wait for the first one's locks. */
  const busy = new Set<string>();
  /** Conversations whose log somebody else held, or whose sends cannot be written with the others: what goes there goes its own way, in order. */
  const lanes = new Map<string, Waiting[]>();

  const marksOf = ({ send, lane }: Waiting) => [`user ${send.viewer.userId}`, lane];

  /** Refuses whoever has waited for so long that there is not time enough left to write. */
  const refuseLate = (waiting: readonly Waiting[]): Waiting[] => {
    const bound = performance.now() - timeoutMs * patience;
    return waiting.filter(({ since, reject }) => {
      if (since < bound) reject(new AppError('UNAVAILABLE'));
      return since >= bound;
    });
  };

  /** Writes some together, and gives those that were not written: not tried, or what failed for all of them. */
  const writeAll = async (batch: readonly Waiting[], waits: boolean): Promise<readonly Waiting[]> => {
    const left = timeoutMs - (performance.now() - Math.min(...batch.map(({ since }) => since)));
    let outcomes: Outcome[];
    try {
      outcomes = await write(
        batch.map(({ send }) => send),
        waits,
        batch.length > 1 ? { ms: left, attempts: 1 } : { ms: left },
      );
    } catch (error) {
      // Nothing is known of who is to blame, and nothing was written. Where the database is away there is nobody to blame.
      const away = error instanceof AppError && !isLockConflict(error.cause);
      if (batch.length > 1 && !away) return batch;
      for (const { reject } of batch) reject(error);
      return [];
    }
    return batch.filter((item, index) => {
      const outcome = outcomes[index] ?? 'BUSY';
      if (typeof outcome === 'string') return true;
      if ('message' in outcome) item.resolve(outcome.message);
      else item.reject(outcome.refusal);
      return false;
    });
  };

  const writeAlone = async (item: Waiting): Promise<void> => {
    const [left] = await writeAll([item], true);
    left?.reject(new Error('a send that is alone was not tried'));
  };

  /** Takes from those who wait what may be written together now. */
  const take = (waiting: Waiting[], isFree: (item: Waiting) => boolean): Waiting[] => {
    const batch: Waiting[] = [];
    let characters = 0;
    let isFull = false;
    const rest = refuseLate(waiting).filter((item) => {
      if (isFull || !isFree(item)) return true;
      // Full for all who come later too: of one sender nobody overtakes another.
      isFull = batch.length === together || (batch.length > 0 && characters + item.characters > charactersTogether);
      if (isFull) return true;
      batch.push(item);
      characters += item.characters;
      return false;
    });
    waiting.splice(0, waiting.length, ...rest);
    return batch;
  };

  /** One after the other where they cannot be written together: the first one of a conversation makes it for those behind. */
  const writeLane = async (lane: string, waiting: Waiting[]): Promise<void> => {
    while (waiting.length > 0) {
      const batch = take(waiting, () => true);
      if (batch.length > 0) for (const item of await writeAll(batch, true)) await writeAlone(item);
    }
    lanes.delete(lane);
  };

  const sortOut = (item: Waiting): void => {
    const lane = lanes.get(item.lane);
    if (lane) return void lane.push(item);
    const made = [item];
    lanes.set(item.lane, made);
    void writeLane(item.lane, made);
  };

  /** Whoever waits behind those that go a way of their own now, into the same conversation, goes behind them there. */
  const follow = (): void => {
    const rest = line.filter((item) => {
      const lane = lanes.get(item.lane);
      lane?.push(item);
      return lane === undefined;
    });
    line.splice(0, line.length, ...rest);
  };

  const advance = (): void => {
    while (line.length > 0 && (running === 0 || (running < atOnce && line.length >= together))) {
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
        const lane = nameOf(send);
        const { content } = send.message;
        const characters = 'text' in content ? content.text.length : textLimit;
        const item: Waiting = { send, lane, characters, since: performance.now(), resolve, reject };
        const ahead = lanes.get(lane);
        if (ahead) ahead.push(item);
        else {
          line.push(item);
          advanceSoon();
        }
      }),
  };
}
