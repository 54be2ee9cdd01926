/** So many keys, branches or rows stand in one statement at most: what strangers can make has no end, and what a statement may hold has one. */
export const portionSize = 500;

/** Keys in portions of which each fits into a statement. */
export function portionsOf<K>(keys: Iterable<K>, size: number = portionSize): K[][] {
  const all = [...keys];
  return Array.from({ length: Math.ceil(all.length / size) }, (_, index) => all.slice(index * size, (index + 1) * size));
}

/** Keys in portions that bring so many rows at most, by what each can bring; one that brings more stands alone. */
export function portionsByRows<K>(keys: Iterable<K>, rowsOf: (key: K) => number, rows: number = portionSize): K[][] {
  const portions: K[][] = [];
  let open: K[] = [];
  let brought = 0;
  for (const key of keys) {
    const brings = rowsOf(key);
    if (open.length > 0 && brought + brings > rows) {
      portions.push(open);
      open = [];
      brought = 0;
    }
    open.push(key);
    brought += brings;
  }
  if (open.length > 0) portions.push(open);
  return portions;
}
