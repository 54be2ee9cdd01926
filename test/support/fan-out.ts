import { buildSchema, GraphQLError, parse, validateSubscriptionArgs } from 'graphql';
import { entities } from '../../src/entities.ts';
import type { Context } from '../../src/graphql/context.ts';
import type { EventSource, SharedEvent } from '../../src/graphql/event-source.ts';
import { type Feed, feedOf } from '../../src/kernel/feed.ts';
import { createTurns } from '../../src/kernel/turns.ts';
import type { Viewer } from '../../src/kernel/viewer.ts';
import { createDatabase, type Tx } from '../../src/platform/database.ts';
import type { EventLimits, Presenter } from '../../src/server/fanout/event-batch.ts';
import { createFanOut, type FanOutOptions } from '../../src/server/fanout/fan-out.ts';
import { closeLater } from './lifetime.ts';
import { createQueue } from './queue.ts';

const schema = buildSchema(`
  type Query { x: Int }
  type Subscription { tick: Tick! }
  type Tick { number: Int! position: String! tables: Int! who: Int! }
`);

/** What a resolver of an event is given. */
interface Payload extends EventSource {
  readonly tick: { readonly number: unknown; readonly position: unknown; readonly tables: unknown; readonly who: unknown };
}

/** What the resolvers of the events did. */
export const runs = { count: 0 };

/** An event with a number, which tells what its resolvers are asked. */
export function payloadOf(number: number, event: EventSource = {}): Payload {
  return {
    tick: {
      number: () => {
        runs.count += 1;
        return number;
      },
      position: (_args: unknown, context: Context) => context.position(),
      tables: (_args: unknown, context: Context) => context.read(async (tx) => (await tx.db.introspection.getTables()).length),
      who: (_args: unknown, context: Context) => context.viewer?.userId,
    },
    ...event,
  };
}

const viewerOf = (userId: number): Viewer => ({ userId, uuid: String(userId), role: 'USER', sessionId: userId, sessionUuid: String(userId), actedBy: null });

/** A node's fan-out on a real database. `fail` is asked before each snapshot, which waits for what it says. */
export async function startFanOut(fail: () => unknown = () => null, charge: FanOutOptions['charge'] = null, snapshotsAtOnce = 1) {
  const database = await createDatabase({ url: 'sqlite::memory:', dataDir: '.', pool: 1, timeoutMs: 5000 }, entities);
  closeLater(() => database.close());
  const seen = { snapshots: 0, open: 0, atOnce: 0, undeclared: 0, presented: [] as string[] };
  const snapshot = async <T>(work: (tx: Tx) => Promise<T>): Promise<T> => {
    seen.snapshots += 1;
    seen.open += 1;
    seen.atOnce = Math.max(seen.atOnce, seen.open);
    try {
      const error = await fail();
      if (error) throw error;
      return await database.snapshot(work);
    } finally {
      seen.open -= 1;
    }
  };
  const onUndeclared = () => {
    seen.undeclared += 1;
  };
  const presenter: Presenter = {
    present(error) {
      const message = error instanceof Error ? error.message : '';
      seen.presented.push(message);
      return new GraphQLError(`presented: ${message}`);
    },
    presentResult(result) {
      seen.presented.push(...(result.errors ?? []).map(({ message }) => message));
      return result;
    },
  };
  const fanOut = createFanOut({ readAheadFrom: 1, snapshot, snapshotsAtOnce, charge, limits, onRetry: () => {}, onUndeclared, onOver: () => {}, presenter });

  const open = async (source: Feed<unknown>, selection = 'number', userId = 1, cost = 1, locale: Context['locale'] = 'en') => {
    const context: Pick<Context, 'viewer' | 'locale' | 'connection' | 'read'> = {
      viewer: viewerOf(userId),
      locale,
      connection: null,
      read: database.read,
    };
    const args = validateSubscriptionArgs({
      schema,
      document: parse(`subscription { tick { ${selection} } }`),
      rootValue: { tick: () => source },
      contextValue: context,
    });
    if (!('operation' in args)) throw new Error('not valid');
    const frames = createQueue<{ data: { tick: Record<string, unknown> } }>('the outlet');
    const room = { is: true, go: () => {} };
    const stream = await fanOut.open({
      args,
      context: context as Context,
      cost,
      outlet: {
        hasRoom: () => room.is,
        // Once, as a connection does.
        onRoom: (go) => {
          room.go = () => {
            room.go = () => {};
            go();
          };
        },
        next: (payload) => frames.push(JSON.parse(Buffer.from(payload, 'latin1').toString('utf8'))),
        nextAll: (payloads, own) => {
          for (const pieces of payloads) frames.push(JSON.parse(Buffer.from(pieces.join(own), 'latin1').toString('utf8')));
        },
      },
    });
    if (!(Symbol.asyncIterator in stream)) throw new Error('no stream');
    return { stream, room, frames, next: async () => (await frames.next()).data.tick };
  };
  return { open, seen, readAhead: fanOut.readAhead };
}

async function* yielding(...payloads: readonly unknown[]): AsyncGenerator<unknown, undefined, void> {
  yield* payloads;
}

/** A feed of these. */
export const of = (...payloads: readonly unknown[]) => feedOf(yielding(...payloads));

/** Lets whatever is under way go on. */
export async function turns() {
  for (let index = 0; index < 20; index += 1) await new Promise((resolve) => setImmediate(resolve));
}

const limits: EventLimits = { values: 1000, introspectionValues: 0, bytes: 5000, turns: createTurns(10), readCharacters: 1_000_000 };

/** Who may have an event: all. */
export const everybody: SharedEvent['judge'] = async () => () => true;
