import { AppError } from '../kernel/errors.ts';
import type { Database } from './database.ts';
import { type LabelsOf, type Metrics, noMetrics, secondsSince } from './metrics.ts';
import { openSpan } from './tracing.ts';

type Labels = LabelsOf<'databaseSeconds'>;

/** A database of which each call is measured, and each transaction is a span. */
export function watchedDatabase(database: Database, metrics: Metrics): Database {
  const { read, snapshot, glance, transaction } = database;
  const measured = async <T>(call: Labels['call'], work: () => Promise<T>, onEnd?: (outcome: Labels['outcome']) => void): Promise<T> => {
    const began = performance.now();
    let outcome: Labels['outcome'] = 'ok';
    try {
      return await work();
    } catch (error) {
      outcome = outcomeOf(error);
      throw error;
    } finally {
      metrics.observe('databaseSeconds', { call, outcome }, secondsSince(began));
      onEnd?.(outcome);
    }
  };
  return {
    ...database,
    ...(metrics !== noMetrics && {
      read: (work, owner) => measured('read', () => read(work, owner)),
      snapshot: (work, owner) => measured('snapshot', () => snapshot(work, owner)),
      glance: (work) => measured('glance', () => glance(work)),
    }),
    transaction(work, options) {
      const span = openSpan('transaction');
      if (span === null) return metrics === noMetrics ? transaction(work, options) : measured('transaction', () => transaction(work, options));
      let attempts = 0;
      const counted: typeof work = (tx) => {
        attempts += 1;
        return work(tx);
      };
      const end = (outcome: Labels['outcome']) =>
        span.end({ 'parley.attempts': attempts, 'parley.outcome': outcome }, { failed: outcome === 'unavailable' || outcome === 'failed' });
      return span.run(() => measured('transaction', () => transaction(counted, options), end));
    },
  };
}

function outcomeOf(error: unknown): Labels['outcome'] {
  if (!(error instanceof AppError)) return 'failed';
  return error.code === 'UNAVAILABLE' ? 'unavailable' : 'refused';
}
