import { type RawBuilder, sql } from 'kysely';
import { AppError, badInput, type Locale, type Sentence } from '../../kernel/errors.ts';
import { parseUuid } from '../../kernel/ids.ts';
import { decodeKeys, encodeKeys, type Page, pageOf, pageSize } from '../../kernel/page.ts';
import type { Viewer } from '../../kernel/viewer.ts';
import type { Tx } from '../../platform/database.ts';
import { createStatement, type Slots } from '../../platform/statement.ts';
import type { PermissionService } from '../contacts/permission.service.ts';
import type { LogService, LogWriter } from '../log/log.service.ts';
import { requireEnabled } from '../users/user.service.ts';
import type { ConversationKind } from './conversation.entity.ts';
import { type ListPlace, type ListRange, openRoll, type Rolls, rolledPlaces, rolledUnread } from './roll.service.ts';

/** A conversation of which nothing was read. */
export interface ConversationKey {
  readonly id: number;
  readonly uuid: string;
}

/** What all members of a conversation see alike. */
export interface CommonView extends ConversationKey {
  readonly kind: ConversationKind;
  readonly rev: number;
  readonly lastSeq: number;
  readonly activeAt: number;
}

/** A conversation as one of its members sees it. */
export interface ConversationView extends CommonView {
  /** The viewer's own mark. */
  readonly readSeq: number;
  /** Nothing about messages below this seq exists for the viewer. */
  readonly fromSeq: number;
  /** DIRECT only: the other person, and how far they have read. */
  readonly peerId: number | null;
  readonly peerReadSeq: number | null;
  /** The viewer's own settings for it. */
  readonly isMuted: 0 | 1;
  readonly isArchived: 0 | 1;
  /** Empty of a SYSTEM one: see `titleOf`. */
  readonly title: string;
  readonly avatar: string | null;
}

/** The lowest and the highest seq from which on a conversation exists for one of its members. */
export interface JoinSpan {
  readonly first: number;
  readonly last: number;
}

/** A conversation as somebody sees it. */
export interface ViewKey {
  readonly userId: number;
  readonly id: number;
}

/** Reads conversations and moves read marks. */
export interface ConversationService {
  /** The conversations among these of which somebody is a member. */
  views(tx: Tx, userId: number, ids: readonly number[]): Promise<ReadonlyMap<number, ConversationView>>;
  /** Conversations as these people see them, in their order; null for whoever is no member. */
  viewsOf(tx: Tx, keys: readonly ViewKey[]): Promise<readonly (ConversationView | null)[]>;
  /** These conversations, as all their members see them. */
  commonViews(tx: Tx, ids: readonly number[]): Promise<ReadonlyMap<number, CommonView>>;
  /** Since when these conversations exist for their members. */
  joinSpans(tx: Tx, ids: readonly number[]): Promise<ReadonlyMap<number, JoinSpan>>;
  /** The viewer's conversations, newest activity first; with `archived` only those that are, or only those that are not. */
  list(
    tx: Tx,
    viewer: Viewer,
    args: { readonly first?: number | null | undefined; readonly after?: string | null | undefined; readonly archived?: boolean | null | undefined },
  ): Promise<Page<ConversationView>>;
  /** What a conversation is called, for its viewer and in their language. */
  titleOf(view: Pick<ConversationView, 'kind' | 'title'>, locale: Locale): string;
  /** How many messages of others above the read mark each conversation has, those of the operator's servers among them, without notices and recalled ones. */
  unreadCounts(tx: Tx, userId: number, ids: readonly number[]): Promise<ReadonlyMap<number, number>>;
  /** The sum of the unread counts of all conversations of somebody. */
  unreadTotal(tx: Tx, userId: number): Promise<number>;
  /**
   * Moves the viewer's read mark forward, at most to the newest message; it never goes back. The viewer's devices are told, and in a DIRECT
   * conversation the peer, unless one of the two blocks the other: then the peer is shown the mark of before. Throws `NOT_FOUND` where the viewer is no member, `BAD_USER_INPUT` for a negative seq.
   */
  markRead(viewer: Viewer, uuid: string, seq: number): Promise<ConversationView>;
}

const membership = createStatement((tx, slot: Slots<{ userId: number; uuid: string }>) =>
  tx.db
    .selectFrom('Conversation as c')
    .innerJoin('Member as m', (join) => join.onRef('m.logId', '=', 'c.id').on('m.userId', '=', slot('userId')).on('m.active', '=', 1))
    .select('c.id')
    .where('c.uuid', '=', slot('uuid'))
    .where('c.dissolvedAt', 'is', null),
);

/** The id of a conversation of which somebody is a member, or null. */
export async function findMembership(tx: Tx, userId: number, uuid: string): Promise<number | null> {
  return (await membership(tx, { userId, uuid }))[0]?.id ?? null;
}

/** The id of the DIRECT conversation of two people, or null before their first message. */
export async function findDirect(tx: Tx, oneId: number, otherId: number): Promise<number | null> {
  const row = await tx.db
    .selectFrom('Conversation')
    .select('id')
    .where('lowUserId', '=', Math.min(oneId, otherId))
    .where('highUserId', '=', Math.max(oneId, otherId))
    .executeTakeFirst();
  return row?.id ?? null;
}

/** What every stay in a conversation begins with, a later one like the first. */
export const newStay = { active: 1, role: 'MEMBER', nickname: null, isMuted: 0, isArchived: 0, sentCount: 0, shownSeq: null } as const;

/** What somebody begins with who was never there. What is laid on them later outlasts their going and coming back: no stay begins with it anew. */
export const newMember = { ...newStay, mutedUntil: null } as const;

/**
 * Makes the DIRECT conversation of two people, whose own logs the writer holds: that is what keeps two first messages from making two.
 * Both become members from the first message on; a silent entry in both own logs makes their nodes serve it.
 */
export async function createDirect(writer: LogWriter, uuid: string, oneId: number, otherId: number): Promise<number> {
  const id = await writer.create('DIRECT');
  const { now } = await writer.stamp();
  await writer.db
    .insertInto('Conversation')
    .values({ id, uuid, kind: 'DIRECT', lowUserId: Math.min(oneId, otherId), highUserId: Math.max(oneId, otherId), createdAt: now })
    .execute();
  const member = { ...newMember, logId: id, stateRev: 1, fromSeq: 1, readSeq: 0, joinedAt: now };
  await writer.db
    .insertInto('Member')
    .values([
      { ...member, userId: oneId },
      { ...member, userId: otherId },
    ])
    .execute();
  for (const userId of [oneId, otherId]) writer.append(userId, { kind: 'JOINED', aboutId: id, aboutRev: 1 }, [userId]);
  return id;
}

function viewQuery({ db }: Pick<Tx, 'db'>) {
  return (
    db
      .selectFrom('Member as m')
      .innerJoin('Conversation as c', 'c.id', 'm.logId')
      .innerJoin('Log as l', 'l.id', 'm.logId')
      // One expression, because for an `or` of the two columns MariaDB reads the whole table of users once for each conversation.
      .leftJoin('User as u', (join) =>
        join.on('u.id', '=', (eb) => eb.case().when('c.lowUserId', '=', eb.ref('m.userId')).then(eb.ref('c.highUserId')).else(eb.ref('c.lowUserId')).end()),
      )
      .leftJoin('Relation as r', (join) => join.onRef('r.userId', '=', 'm.userId').onRef('r.otherId', '=', 'u.id'))
      .leftJoin('Member as p', (join) => join.onRef('p.logId', '=', 'm.logId').onRef('p.userId', '=', 'u.id'))
      .select([
        'c.id',
        'c.uuid',
        'c.kind',
        'l.lastRev as rev',
        'l.lastSeq',
        'l.activeAt',
        'm.readSeq',
        'm.fromSeq',
        'm.isMuted',
        'm.isArchived',
        'u.id as peerId',
      ])
      .select((eb) => eb.fn.coalesce('p.shownSeq', 'p.readSeq').as('peerReadSeq'))
      .select(sql<string>`coalesce(${sql.ref('c.name')}, ${sql.ref('r.remark')}, ${sql.ref('u.nickname')}, '')`.as('title'))
      .select(sql<string | null>`coalesce(${sql.ref('c.avatar')}, ${sql.ref('u.avatar')})`.as('avatar'))
      .where('m.active', '=', 1)
      .where('c.dissolvedAt', 'is', null)
  );
}

const viewsOfOne = createStatement((tx, slot: Slots<{ userId: number; ids: readonly number[] }>) =>
  viewQuery(tx).where('m.userId', '=', slot('userId')).where('c.id', 'in', slot('ids')),
);

const viewsByKey = createStatement((tx, slot: Slots<{ keys: readonly (readonly [userId: number, id: number])[] }>) =>
  viewQuery(tx)
    .select('m.userId')
    .where(slot.oneOf(['m.userId', 'm.logId'], 'keys')),
);

const sharedParts = createStatement((tx, slot: Slots<{ ids: readonly number[] }>) =>
  tx.db
    .selectFrom('Conversation as c')
    .innerJoin('Log as l', 'l.id', 'c.id')
    .select(['c.id', 'c.uuid', 'c.kind', 'l.lastRev as rev', 'l.lastSeq', 'l.activeAt'])
    .where('c.id', 'in', slot('ids'))
    .where('c.dissolvedAt', 'is', null),
);

const spansOf = createStatement((tx, slot: Slots<{ ids: readonly number[] }>) =>
  tx.db
    .selectFrom('Member')
    .select((eb) => ['logId', eb.fn.min('fromSeq').as('first'), eb.fn.max('fromSeq').as('last')])
    .where('logId', 'in', slot('ids'))
    .where('active', '=', 1)
    .groupBy('logId'),
);

function unreadQuery({ db }: Pick<Tx, 'db'>, userId: number | RawBuilder<number>) {
  return (
    db
      .selectFrom('Member as m')
      .innerJoin('Conversation as c', (join) => join.onRef('c.id', '=', 'm.logId').on('c.dissolvedAt', 'is', null))
      .innerJoin('Message as x', (join) => join.onRef('x.conversationId', '=', 'm.logId').onRef('x.seq', '>', 'm.readSeq').onRef('x.seq', '>=', 'm.fromSeq'))
      .select((eb) => eb.fn.countAll<number>().as('count'))
      .where('m.userId', '=', userId)
      .where('m.active', '=', 1)
      // What the operator's servers have sent has no sender.
      .where((eb) => eb.or([eb('x.senderId', 'is', null), eb('x.senderId', '!=', userId)]))
      .where('x.kind', '!=', 'NOTICE')
      .where('x.recalledAt', 'is', null)
  );
}

const unreadIn = createStatement((tx, slot: Slots<{ userId: number; ids: readonly number[] }>) =>
  unreadQuery(tx, slot('userId')).select('m.logId').where('m.logId', 'in', slot('ids')).groupBy('m.logId'),
);

/** How many messages count as unread in each of these conversations of somebody; those in which none does are left out. */
export async function countUnread(tx: Tx, userId: number, ids: readonly number[]): Promise<ReadonlyMap<number, number>> {
  const rows = await unreadIn(tx, { userId, ids });
  return new Map(rows.map(({ logId, count }) => [logId, Number(count)]));
}

/** The next places of somebody's list, newest activity first: all of their conversations are sorted. */
async function nextPlaces(tx: Tx, userId: number, { archived, after, limit }: ListRange): Promise<ListPlace[]> {
  let query = tx.db
    .selectFrom('Member as m')
    .innerJoin('Conversation as c', 'c.id', 'm.logId')
    .innerJoin('Log as l', 'l.id', 'm.logId')
    .select(['c.id', 'c.uuid', 'l.activeAt'])
    .where('m.userId', '=', userId)
    .where('m.active', '=', 1)
    .where('c.dissolvedAt', 'is', null);
  if (archived !== null) query = query.where('m.isArchived', '=', archived ? 1 : 0);
  if (after !== null) {
    const { activeAt, uuid } = after;
    query = query.where((eb) => eb.or([eb('l.activeAt', '<', activeAt), eb.and([eb('l.activeAt', '=', activeAt), eb('c.uuid', '<', uuid)])]));
  }
  return await query.orderBy('l.activeAt', 'desc').orderBy('c.uuid', 'desc').limit(limit).execute();
}

/** What the service of conversations stands on. */
export interface ConversationParts {
  readonly log: LogService;
  readonly permissions: PermissionService;
  readonly rolls: Rolls;
  /** What a SYSTEM one is called. */
  readonly systemTitle: Sentence;
}

/** Makes the service of conversations. */
export function createConversationService({ log, permissions, rolls, systemTitle }: ConversationParts): ConversationService {
  /** The roll of whoever has one. */
  const rollOf = async (tx: Tx, userId: number) => {
    rolls.consider(userId);
    return rolls.has(userId) ? await openRoll(tx, userId) : null;
  };
  const service: ConversationService = {
    async views(tx, userId, ids) {
      return new Map((await viewsOfOne(tx, { userId, ids })).map((row) => [row.id, row]));
    },
    async viewsOf(tx, keys) {
      const pairs = new Map(keys.map(({ userId, id }) => [`${userId} ${id}`, [userId, id] as const]));
      const rows = await viewsByKey(tx, { keys: [...pairs.values()] });
      const views = new Map(rows.map(({ userId, ...view }) => [`${userId} ${view.id}`, view]));
      return keys.map(({ userId, id }) => views.get(`${userId} ${id}`) ?? null);
    },
    async commonViews(tx, ids) {
      return new Map((await sharedParts(tx, { ids })).map((row) => [row.id, row]));
    },
    async joinSpans(tx, ids) {
      const rows = await spansOf(tx, { ids });
      return new Map(rows.map(({ logId, first, last }) => [logId, { first: Number(first), last: Number(last) }]));
    },
    async list(tx, viewer, { first, after, archived }) {
      const size = pageSize(first);
      const [activeAt, uuid] = typeof after === 'string' ? decodeKeys(after, isKeys) : [null, ''];
      const range = { archived: archived ?? null, after: activeAt === null ? null : { activeAt, uuid }, limit: size + 1 };
      // First only the places of the page: the rest is read of the few that are shown.
      const roll = await rollOf(tx, viewer.userId);
      const rows = roll ? await rolledPlaces(tx, roll, range) : await nextPlaces(tx, viewer.userId, range);
      const { edges, pageInfo } = pageOf(rows, size, typeof after === 'string', ({ activeAt, uuid }) => encodeKeys([activeAt, uuid]));
      const ids = edges.map(({ node }) => node.id);
      const views = await service.views(tx, viewer.userId, ids);
      // Whoever has left between the two reads is shown nothing of it.
      const shown = edges.flatMap(({ cursor, node: { id } }) => {
        const node = views.get(id);
        return node ? [{ cursor, node }] : [];
      });
      return { edges: shown, pageInfo };
    },
    titleOf: ({ kind, title }, locale) => (kind === 'SYSTEM' ? systemTitle[locale] : title),
    unreadCounts: countUnread,
    async unreadTotal(tx, userId) {
      const roll = await rollOf(tx, userId);
      if (roll) return [...(await countUnread(tx, userId, await rolledUnread(tx, roll))).values()].reduce((sum, count) => sum + count, 0);
      return Number((await unreadQuery(tx, userId).executeTakeFirstOrThrow()).count);
    },
    async markRead(viewer, uuid, seq) {
      if (seq < 0) throw badInput('seq', { zh: '请填写消息的序号', en: 'Give the seq of a message' });
      return await log.write(async (writer) => {
        const id = await findMembership(writer, viewer.userId, uuid);
        const view = id === null ? undefined : (await service.views(writer, viewer.userId, [id])).get(id);
        if (!view) throw new AppError('NOT_FOUND');
        const people = view.peerId === null ? [viewer.userId] : [viewer.userId, view.peerId];
        await writer.lock(people);
        // The mark moves only under the reader's own log, by a read or by a send; the newest seq only grows.
        const mark = await writer.db
          .selectFrom('Member as m')
          .innerJoin('User as u', 'u.id', 'm.userId')
          .select(['m.readSeq', 'm.shownSeq', 'u.enabled'])
          .where('m.userId', '=', viewer.userId)
          .where('m.logId', '=', view.id)
          .executeTakeFirstOrThrow();
        requireEnabled(mark);
        const readSeq = Math.max(Math.min(seq, view.lastSeq), mark.readSeq);
        if (readSeq === mark.readSeq && mark.shownSeq === null) return { ...view, readSeq };
        const isHidden = view.peerId !== null && !(await permissions.areUnblocked(writer, viewer.userId, view.peerId));
        const shownSeq = isHidden ? (mark.shownSeq ?? mark.readSeq) : null;
        if (readSeq === mark.readSeq && isHidden) return { ...view, readSeq };
        await writer.db.updateTable('Member').set({ readSeq, shownSeq }).where('userId', '=', viewer.userId).where('logId', '=', view.id).execute();
        for (const userId of isHidden ? [viewer.userId] : people) writer.append(userId, { kind: 'CONVERSATION', aboutId: view.id }, [userId]);
        return { ...view, readSeq };
      });
    },
  };
  return service;
}

// The uuid, not the numeric id: a cursor is readable, and numeric ids never leave the server.
function isKeys(value: unknown): value is readonly [number, string] {
  return Array.isArray(value) && value.length === 2 && Number.isSafeInteger(value[0]) && typeof value[1] === 'string' && parseUuid(value[1]) === value[1];
}
