import { createAttached } from '../kernel/attached.ts';
import type { Context } from './context.ts';

const further = createAttached<Context, number>();

/** Says that a resolver had to look at so many rows to find what it gives: the operation pays for them, too, when it is over. */
export function countLookedAt(context: Context, rows: number): void {
  further.set(context, furtherCostOf(context) + Math.floor(rows / rowsForOne));
}

/** What an operation costs together with that; null where it is not known what it has resolved. */
export function withFurtherCost(context: Context, resolved: number | null): number | null {
  return resolved === null ? null : resolved + furtherCostOf(context);
}

function furtherCostOf(context: Context): number {
  return further.get(context) ?? 0;
}

/** So many rows that are looked at and not given take about as long as one field that is. */
const rowsForOne = 50;
