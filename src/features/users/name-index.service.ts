import { foldings, placesOf, suffixKey } from '../../kernel/search-text.ts';
import { insertAll } from '../../platform/bulk.ts';
import type { Tx } from '../../platform/database.ts';
import { createStatement, type Slots } from '../../platform/statement.ts';
import type { UserRow } from './user.entity.ts';

/** What of a user decides whether and by what they are found. */
export type Findable = Pick<UserRow, 'username' | 'nickname' | 'role' | 'enabled'>;

/** A place where a user is found; see `NameSuffix`. */
export interface NameKey {
  readonly place: 0 | 1;
  readonly suffix: string;
  /** The folded name from there on, whole. */
  readonly rest: string;
}

/**
 * Where somebody is found by a part of the username or the nickname: nowhere in the case of visitors and disabled users. Several lists where the
 * index may hold the names in a form of before; today's is the first.
 */
export function nameKeysOf({ username, nickname, role, enabled }: Findable): readonly (readonly NameKey[])[] {
  if (role === 'VISITOR' || enabled === 0) return [];
  const names = [foldings(username), foldings(nickname)];
  return Array.from({ length: Math.max(...names.map(({ length }) => length)) }, (_, form) =>
    names.flatMap((forms) => placesOf(forms[form] ?? forms[0] ?? '')).map(({ place, rest }) => ({ place, rest, suffix: suffixKey(rest) })),
  );
}

/**
 * Makes the index say of a user what is so now; `before` is what it said until now, null for a new user. In the transaction that writes the user,
 * so that a search after the answer finds it; the user's own log must be locked.
 */
export async function indexNames(tx: Tx, userId: number, before: Findable | null, after: Findable): Promise<void> {
  const keyOf = ({ place, suffix }: NameKey) => `${place}${suffix}`;
  const forms = before ? nameKeysOf(before) : [];
  const old = new Map(forms.flat().map((key) => [keyOf(key), key]));
  const wanted = new Map((nameKeysOf(after)[0] ?? []).map((key) => [keyOf(key), key]));
  const gone = [...old].filter(([key]) => !wanted.has(key)).map(([, key]) => key);
  // In which of several forms the names stand there nobody knows.
  const fresh = [...wanted].filter(([key]) => forms.length > 1 || !old.has(key)).map(([, { place, suffix }]) => ({ place, suffix, userId }));
  for (const [place, keys] of Map.groupBy(gone, (key) => key.place)) await deleteSuffixes(tx, { place, userId, suffixes: keys.map(({ suffix }) => suffix) });
  await insertAll(tx, 'NameSuffix', fresh, { missing: true });
}

const deleteSuffixes = createStatement((tx, slot: Slots<{ place: 0 | 1; userId: number; suffixes: readonly string[] }>) =>
  tx.db.deleteFrom('NameSuffix').where('place', '=', slot('place')).where('userId', '=', slot('userId')).where('suffix', 'in', slot('suffixes')),
);
