import { randomUUID } from 'node:crypto';
import type { Bus } from '../../platform/bus.ts';
import type { Database } from '../../platform/database.ts';
import { createStatement, type Slots } from '../../platform/statement.ts';

/** Finds out whether all nodes on one database hear each other's bells. */
export interface NodeService {
  /** Nodes that were there before hear nothing of this one, nor this one of them: no work should be sent here. */
  isApart(): boolean;
  start(): void;
  /** Ends it; the others do not count this node any more. */
  stop(): Promise<void>;
}

/** What it stands on. */
export interface NodeServiceParts {
  readonly database: Database;
  readonly bus: Pick<Bus, 'identity'>;
  /** Told when this begins, with how many nodes do not hear this one, and with 0 when it is over. */
  readonly onApart: (others: number) => void;
  /** Told of faults that nobody waits for. */
  readonly onFault: (error: unknown) => void;
}

const beatMs = 5_000;
/** Soon after the first look: a carrier that has just lost everything is known by another name to those who look later. */
const secondBeatMs = 1_000;
/** A node that was not seen for so long has ended. */
const goneMs = 3 * beatMs;

const deleteNodes = createStatement((tx, slot: Slots<{ ids: readonly string[] }>) => tx.db.deleteFrom('ServingNode').where('id', 'in', slot('ids')));

/** Makes the service. On SQLite there is one server, and nothing to find out. */
export function createNodeService({ database, bus, onApart, onFault }: NodeServiceParts): NodeService {
  const id = randomUUID();
  let beganAt: number | null = null;
  let strangers = 0;
  let isTold = false;
  let apart = false;
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();

  /** Says that this node is there, and by what it is heard; gives those that are heard by something else. */
  const look = async (): Promise<{ readonly count: number; readonly isFirst: boolean }> => {
    const carrier = await bus.identity();
    return await database.transaction(async (tx) => {
      const { now } = await tx.db.selectNoFrom(tx.dialect.now.as('now')).executeTakeFirstOrThrow();
      const seenAt = Number(now);
      beganAt ??= seenAt;
      const known = await tx.db.updateTable('ServingNode').set({ carrier, seenAt }).where('id', '=', id).executeTakeFirst();
      if (Number(known.numUpdatedRows) === 0) await tx.db.insertInto('ServingNode').values({ id, carrier, beganAt, seenAt }).execute();
      const rows = await tx.db.selectFrom('ServingNode').selectAll().orderBy('beganAt').orderBy('id').limit(1000).execute();
      const gone = rows.filter((row) => row.seenAt < seenAt - goneMs).map((row) => row.id);
      await deleteNodes(tx, { ids: gone });
      const others = rows.filter((row) => row.seenAt >= seenAt - goneMs && row.carrier !== carrier);
      const [first] = others;
      const began = beganAt;
      return { count: others.length, isFirst: !first || first.beganAt > began || (first.beganAt === began && first.id > id) };
    });
  };

  const beat = async (): Promise<void> => {
    const { count, isFirst } = await look();
    // Twice in a row: for a moment the name of a carrier may be an old one.
    const isApartNow = count > 0 && strangers > 0;
    strangers = count;
    if (isApartNow !== isTold && (isApartNow || count === 0)) {
      isTold = isApartNow;
      onApart(count);
    }
    apart = isTold && !isFirst;
  };

  const next = (ms: number) => {
    if (stopped) return;
    timer = setTimeout(() => {
      running = beat()
        .catch(onFault)
        .finally(() => next(strangers > 0 && !isTold ? secondBeatMs : beatMs));
    }, ms);
    timer.unref();
  };

  return {
    isApart: () => apart,
    start() {
      if (database.dialect.name !== 'sqlite') next(0);
    },
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await running;
      if (beganAt !== null) await database.transaction((tx) => tx.db.deleteFrom('ServingNode').where('id', '=', id).execute()).catch(onFault);
    },
  };
}
