import { badInput } from '../../kernel/errors.ts';
import type { Gate } from '../../kernel/gate.ts';
import { parseUuid } from '../../kernel/ids.ts';
import { decodeKeys, encodeKeys, type Page, pageOf, pageSize } from '../../kernel/page.ts';
import { suffixKey } from '../../kernel/search-text.ts';
import type { Viewer } from '../../kernel/viewer.ts';
import type { Read, Tx } from '../../platform/database.ts';
import { type NameKey, nameKeysOf } from '../users/name-index.service.ts';
import type { UserRow } from '../users/user.entity.ts';
import { usersById } from '../users/user.service.ts';
import { requireKeyword } from './keyword.policy.ts';

/** What is searched for, and which part of what is found. */
export interface SearchArgs {
  readonly keyword: string;
  readonly first?: number | null | undefined;
  readonly after?: string | null | undefined;
}

/** Finds people by a part of the username or the nickname. */
export interface UserSearch {
  /**
   * Enabled registered users but the viewer, whatever the case and the width of letters. First those of whom a name begins with the keyword, then
   * the others, both in the order (by code points) of what the name is from the keyword on. Where very many names hold it that are not to be found a page
   * ends early, and goes on behind its last cursor. Throws `BAD_USER_INPUT`.
   */
  find(read: Read, viewer: Viewer, args: SearchArgs): Promise<Page<UserRow>>;
}

/** A row of the index: where in the list somebody stands. */
type Place = Pick<NameKey, 'place' | 'suffix'> & { readonly userId: number };
type Found = Pick<NameKey, 'place' | 'suffix'> & { readonly user: UserRow };

/** So many names are read at once at least, and so many for one page, and some more: those of people who are not to be found have no end. */
const placesAtLeast = 100;
const placesAtMost = 10_000;

/** Makes the search: small reads, between which others have their turn. `gate` lets a few people search at once. */
export function createUserSearch(gate: Gate): UserSearch {
  const find: UserSearch['find'] = async (read, viewer, { keyword, first, after }) => {
    const size = pageSize(first);
    const folded = requireKeyword(keyword);
    const prefix = suffixKey(folded);
    let last = typeof after === 'string' ? await read((tx) => placeOf(tx, prefix, after)) : null;
    const found: Found[] = [];
    const atOnce = Math.max(size + 1, placesAtLeast);
    let endCursor = after ?? null;
    let isThrough = false;
    for (let looked = 0; !isThrough && found.length <= size && looked < placesAtMost; looked += atOnce) {
      const from = last;
      const places = await read((tx) => placesAfter(tx, prefix, from, atOnce));
      const users = await read((tx) => usersAt(tx, places));
      found.push(...foundAt(places, users, viewer, folded));
      const end = places.findLast(({ userId }) => users.has(userId));
      if (end) endCursor = encodeKeys([end.place, end.suffix, users.get(end.userId)?.uuid ?? '']);
      last = places.at(-1) ?? last;
      isThrough = places.length < atOnce;
    }
    const { edges, pageInfo } = pageOf(found, size, typeof after === 'string', ({ place, suffix, user }) => encodeKeys([place, suffix, user.uuid]));
    const page = { edges: edges.map(({ cursor, node }) => ({ cursor, node: node.user })), pageInfo };
    return isThrough || pageInfo.hasNextPage ? page : { ...page, pageInfo: { ...pageInfo, hasNextPage: true, endCursor } };
  };
  return { find: (read, viewer, args) => gate.run(() => find(read, viewer, args), viewer.userId) };
}

/** The next rows of the index whose suffix begins with the prefix. */
async function placesAfter(tx: Tx, prefix: string, last: Place | null, limit: number): Promise<Place[]> {
  const places: Place[] = [];
  const take = async (place: 0 | 1, after: Place | null) => {
    if (places.length === limit) return;
    // No digit in hex is above "f".
    const query = tx.db.selectFrom('NameSuffix').selectAll().where('place', '=', place).where('suffix', '<', `${prefix}g`);
    const rest = after ? query.where('suffix', '>', after.suffix) : query.where('suffix', '>=', prefix);
    const limited = rest
      .orderBy('suffix')
      .orderBy('userId')
      .limit(limit - places.length);
    places.push(...(await limited.execute()));
  };
  if (last) {
    // By itself and not with an "or": for that databases read all rows with this suffix, and very many names may end in the same way.
    const same = tx.db.selectFrom('NameSuffix').selectAll().where('place', '=', last.place).where('suffix', '=', last.suffix);
    places.push(...(await same.where('userId', '>', last.userId).orderBy('userId').limit(limit).execute()));
    await take(last.place, last);
  } else await take(0, null);
  if (last?.place !== 1) await take(1, null);
  return places;
}

/** Who stands at these places, by id; a visitor who left no trace may have gone meanwhile. */
async function usersAt(tx: Tx, places: readonly Place[]): Promise<ReadonlyMap<number, UserRow>> {
  const rows = await usersById(tx, { ids: [...new Set(places.map(({ userId }) => userId))] });
  return new Map(rows.map((row) => [row.id, row]));
}

/** Which of them may be found; somebody whose names hold the keyword several times stands at the first of the places only. */
function foundAt(places: readonly Place[], users: ReadonlyMap<number, UserRow>, viewer: Viewer, folded: string): Found[] {
  return places.flatMap(({ userId, place, suffix }) => {
    const user = userId === viewer.userId ? undefined : users.get(userId);
    // What the user is called in this very row decides: the index may be behind, and holds no more than the beginning of long names.
    const isHere = (user ? nameKeysOf(user) : []).some((keys) => {
      const [key] = keys.filter(({ rest }) => rest.startsWith(folded)).sort(inOrder);
      return key?.place === place && key.suffix === suffix;
    });
    return user && isHere ? [{ user, place, suffix }] : [];
  });
}

function inOrder(a: NameKey, b: NameKey): number {
  if (a.place !== b.place) return a.place - b.place;
  if (a.suffix === b.suffix) return 0;
  return a.suffix < b.suffix ? -1 : 1;
}

async function placeOf(tx: Tx, prefix: string, cursor: string): Promise<Place> {
  const [place, suffix, uuid] = decodeKeys(cursor, isKeys);
  const user = suffix.startsWith(prefix) ? await tx.db.selectFrom('User').select('id').where('uuid', '=', uuid).executeTakeFirst() : undefined;
  if (!user) throw badInput('after', { zh: '游标不属于这次搜索', en: 'This cursor belongs to another search' });
  return { place, suffix, userId: user.id };
}

// The uuid, not the numeric id by which equal names are sorted: a cursor is readable, and numeric ids never leave the server.
function isKeys(value: unknown): value is readonly [0 | 1, string, string] {
  if (!Array.isArray(value) || value.length !== 3) return false;
  const [place, suffix, uuid]: unknown[] = value;
  return (place === 0 || place === 1) && typeof suffix === 'string' && /^([0-9a-f]{2})+$/.test(suffix) && typeof uuid === 'string' && parseUuid(uuid) === uuid;
}
