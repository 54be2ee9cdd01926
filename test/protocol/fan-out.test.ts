import { buildSchema, type ExecutionResult, GraphQLError, parse, validateSubscriptionArgs } from 'graphql';
import { describe, expect, it } from 'vitest';
import { entities } from '../../src/entities.ts';
import type { Context } from '../../src/graphql/context.ts';
import type { EventSource } from '../../src/graphql/event-source.ts';
import { AppError } from '../../src/kernel/errors.ts';
import { createDatabase, type Tx } from '../../src/platform/database.ts';
import { subscribeWith } from '../../src/server/fan-out.ts';
import { closeLater, within } from '../support/lifetime.ts';

const schema = buildSchema('type Query { x: Int } type Subscription { tick: Tick! } type Tick { number: Int! position: String! tables: Int! }');

interface Payload extends EventSource {
  readonly tick: { readonly number: number; readonly position: unknown; readonly tables: unknown };
}

function payloadOf(number: number, event: EventSource = {}): Payload {
  const position = (_args: unknown, context: Context) => context.position();
  const tables = (_args: unknown, context: Context) => context.read(async (tx) => (await tx.db.introspection.getTables()).length);
  return { tick: { number, position, tables }, ...event };
}

/** A stream over what the source yields, on a real database. `fail` is asked before each snapshot. */
async function streamOf(source: AsyncIterable<unknown>, selection = 'number', fail: () => unknown = () => null) {
  const database = await createDatabase({ url: 'sqlite::memory:', dataDir: '.', pool: 1, timeoutMs: 5000 }, entities);
  closeLater(() => database.close());
  let snapshots = 0;
  const snapshot = async <T>(work: (tx: Tx) => Promise<T>): Promise<T> => {
    snapshots += 1;
    const error = fail();
    if (error) throw error;
    return await database.snapshot(work);
  };
  const context: Pick<Context, 'viewer' | 'locale' | 'connection' | 'read'> = { viewer: null, locale: 'en', connection: null, read: database.read };
  const args = validateSubscriptionArgs({
    schema,
    document: parse(`subscription { tick { ${selection} } }`),
    rootValue: { tick: () => source },
    contextValue: context,
  });
  if (!('operation' in args)) throw new Error('not valid');
  const present = (error: unknown) => new GraphQLError(`presented: ${error instanceof Error ? error.message : ''}`);
  const presentResult = (result: ExecutionResult) => result;
  const stream = await subscribeWith(args, context as Context, { snapshot, present, presentResult, turn: async () => () => {}, onRetry: () => {} });
  if (!(Symbol.asyncIterator in stream)) throw new Error('no stream');
  return { stream, snapshots: () => snapshots };
}

async function* yielding(...payloads: readonly unknown[]) {
  yield* payloads;
}

const numberOf = ({ value }: IteratorResult<ExecutionResult, void>) => (value?.data?.tick as { number: number } | undefined)?.number;

describe('each event', () => {
  it('is read in one snapshot, by whatever its fields ask', async () => {
    const { stream, snapshots } = await streamOf(yielding(payloadOf(1, { position: 'here' })), 'number position a: tables b: tables');
    expect(await stream.next()).toEqual({ done: false, value: { data: { tick: { number: 1, position: 'here', a: 0, b: 0 } } } });
    expect(snapshots()).toBe(1);
    expect((await stream.next()).done).toBe(true);
  });

  it('is dropped where its reader may not have it, and the stream goes on', async () => {
    const judged: boolean[] = [];
    const prepare = async (tx: Tx) => {
      judged.push('db' in tx);
      return false;
    };
    const { stream } = await streamOf(yielding(payloadOf(1, { prepare }), payloadOf(2, { prepare }), payloadOf(3)));
    expect(numberOf(await stream.next())).toBe(3);
    expect(judged).toEqual([true, true]);
  });

  it('is read again where the database was away', async () => {
    let failures = 2;
    const { stream, snapshots } = await streamOf(yielding(payloadOf(1)), 'number', () => {
      failures -= 1;
      return failures >= 0 ? new AppError('UNAVAILABLE') : null;
    });
    expect(numberOf(await stream.next())).toBe(1);
    expect(snapshots()).toBe(3);
  });

  it('is not read before the one before was taken', async () => {
    const { stream, snapshots } = await streamOf(yielding(payloadOf(1), payloadOf(2)));
    await stream.next();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(snapshots()).toBe(1);
  });
});

describe('a stream', () => {
  it('ends at once for whoever leaves, though its source never gives anything', async () => {
    const never = new Promise<never>(() => {});
    async function* silent() {
      yield await never;
    }
    const { stream } = await streamOf(silent());
    const pending = stream.next();
    await within(stream.return(), 1000, () => 'return waits for the source');
    expect((await within(pending, 1000, () => 'next waits for the source')).done).toBe(true);
    expect((await stream.next()).done).toBe(true);
  });

  it('tells its source that nobody listens any more', async () => {
    let told = false;
    const source = {
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise<never>(() => {}),
        return: async () => {
          told = true;
          return { done: true as const, value: undefined };
        },
      }),
    };
    const { stream } = await streamOf(source);
    void stream.next();
    await stream.return();
    expect(told).toBe(true);
  });

  it('ends with a presented error where its source or a snapshot fails', async () => {
    async function* broken() {
      yield payloadOf(1);
      throw new Error('engine words');
    }
    const { stream } = await streamOf(broken());
    await stream.next();
    await expect(stream.next()).rejects.toThrow('presented: engine words');
    expect((await stream.next()).done).toBe(true);
    const { stream: other } = await streamOf(yielding(payloadOf(1)), 'number', () => new Error('bad statement'));
    await expect(other.next()).rejects.toThrow('presented: bad statement');
  });
});
