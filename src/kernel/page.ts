import { badInput } from './errors.ts';

/** The most that a page of a list holds, and what it holds when nothing is said. */
export const pageLimit = { most: 100, default: 20 } as const;

/** A part of a list, as Relay's connections show it. */
export interface Page<T> {
  readonly edges: readonly { readonly cursor: string; readonly node: T }[];
  readonly pageInfo: {
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
    readonly startCursor: string | null;
    readonly endCursor: string | null;
  };
}

/** How many items a caller wants: 20 when not said; `BAD_USER_INPUT` where it is not 1 to 100. */
export function pageSize(wanted: number | null | undefined, field = 'first'): number {
  if (wanted === null || wanted === undefined) return pageLimit.default;
  if (!Number.isInteger(wanted) || wanted < 1 || wanted > pageLimit.most)
    throw badInput(field, { zh: `请填写 1 到 ${pageLimit.most} 之间的整数`, en: `Ask for 1 to ${pageLimit.most} items` });
  return wanted;
}

/**
 * A page from rows in the order of the list. Queries read one row more than `size`: whether it is there tells if the list goes on.
 * `hasPrevious` is what the caller knows of the other side (for a forward page: whether a cursor was given).
 */
export function pageOf<T>(rows: readonly T[], size: number, hasPrevious: boolean, cursorOf: (row: T) => string): Page<T> {
  const edges = rows.slice(0, size).map((node) => ({ cursor: cursorOf(node), node }));
  return {
    edges,
    pageInfo: { hasNextPage: rows.length > size, hasPreviousPage: hasPrevious, startCursor: edges[0]?.cursor ?? null, endCursor: edges.at(-1)?.cursor ?? null },
  };
}

/** An opaque keyset cursor: the sort keys of a row, as JSON in base64url. */
export function encodeKeys(keys: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(keys)).toString('base64url');
}

/** The sort keys of a keyset cursor; `BAD_USER_INPUT` for `after` where it is none of this list. */
export function decodeKeys<T extends readonly (string | number)[]>(cursor: string, isKeys: (value: unknown) => value is T, field = 'after'): T {
  try {
    const keys: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    if (isKeys(keys)) return keys;
  } catch {
    // falls through: the same answer for every text that is no cursor
  }
  throw badInput(field, { zh: '游标无效，请使用列表返回的游标', en: 'This is no cursor of this list: use one that the list gave' });
}
