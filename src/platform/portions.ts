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

/** What is found for these keys, portion by portion and in their order; nothing is asked where there are none. */
export async function inPortions<K, R>(keys: Iterable<K>, find: (portion: readonly K[]) => Promise<readonly R[]>): Promise<R[]> {
  const [first = [], ...others] = portionsOf(keys);
  if (first.length === 0) return [];
  const found = [...(await find(first))];
  for (const portion of others) for (const row of await find(portion)) found.push(row);
  return found;
}

/** The keys as they are. Throws where they are more than a statement takes: whoever builds it has forgotten to cut them. */
export function requireFits<L extends { readonly length: number }>(keys: L): L {
  if (keys.length > portionSize) throw new RangeError(`${keys.length} keys in one statement, and at most ${portionSize} fit: cut them with inPortions`);
  return keys;
}
