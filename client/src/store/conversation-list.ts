import type { Core } from '../core.ts';
import { StartDocument, type StartQuery } from '../generated/graphql.ts';
import type { Conversation, Conversations, ConversationsState } from '../types.ts';
import type { Entities, EntityRecord } from './entities.ts';
import { createList } from './list.ts';
import { createLoads } from './loads.ts';
import type { Signals } from './signals.ts';

/** So many conversations are read at once. */
const pageSize = 40;

type Page = StartQuery['conversations'];

export interface ConversationList extends Conversations {
  /** The list begins anew, with this page or with nothing. */
  begin(page: Page | null): void;
  readonly hasBegun: boolean;
  /** The conversation is new or other than before. */
  file(record: EntityRecord): void;
  remove(record: EntityRecord): void;
  /** The session is another one. */
  changed(): void;
  readonly hasMore: boolean;
  /** The ends of all pages that were read. */
  readonly ends: readonly ListEnd[];
  readonly records: readonly EntityRecord[];
  /** When something was last sent there, in milliseconds. */
  activityOf(record: EntityRecord): number;
  /** Takes up what was kept, once its conversations are in the store. */
  load(end: ListEnd, hasBegun: boolean): void;
}

/** How far pages were read. */
export interface ListEnd {
  readonly reached: number;
  readonly cursor: string | null;
  readonly hasMore: boolean;
}

export interface ConversationListParts {
  readonly core: Core;
  readonly isReady: () => boolean;
  readonly entities: Entities;
  readonly signals: Signals;
  readonly show: (record: EntityRecord) => Conversation;
  /** Every conversation of the viewer that is known, also those that no page has reached. */
  readonly known: Iterable<EntityRecord>;
  readonly onPage: (page: Page) => void;
}

/** One of the lists: of those that are archived, or of those that are not. */
export function createConversationList(archived: boolean, { core, isReady, entities, signals, show, known, onPage }: ConversationListParts): ConversationList {
  /** When something was last sent there, in milliseconds: of all that are in the list. */
  const activity = new Map<EntityRecord, number>();
  const activityOf = (record: EntityRecord) => activity.get(record) ?? 0;
  const list = createList((a, b) => activityOf(b) - activityOf(a) || (a.id < b.id ? 1 : a.id > b.id ? -1 : 0), show);
  /** Pages have been read down to this activity. What is below would stand in a hole. */
  let { reached, cursor, hasMore } = beginning;
  /** The ends of all pages. */
  let ends: ListEnd[] = [];
  let hasBegun = false;
  let state: ConversationsState | null = null;

  const signal = signals({
    first: () => {
      if (archived && !hasBegun) void loadMore();
    },
  });
  const changed = () => {
    state = null;
    signal.changed();
  };
  const loads = createLoads(core, changed);

  const remove = (record: EntityRecord) => {
    if (!activity.has(record)) return;
    list.delete(record);
    activity.delete(record);
    changed();
  };

  const file = (record: EntityRecord) => {
    const sentAt = Date.parse(String(entities.linked(record, 'lastMessage')?.fields.createdAt)) || 0;
    if (record.fields.isArchived !== archived || (hasMore && sentAt < reached)) return remove(record);
    if (activity.get(record) === sentAt) list.touch(record);
    else {
      list.delete(record);
      activity.set(record, sentAt);
      list.put(record);
    }
    changed();
  };

  const take = (page: Page) => {
    hasBegun = true;
    hasMore = page?.pageInfo.hasNextPage ?? false;
    cursor = page?.pageInfo.endCursor ?? null;
    for (const { node } of page?.edges ?? []) reached = Math.min(reached, Date.parse(String(node.lastMessage?.createdAt)) || 0);
    ends.push({ reached, cursor, hasMore });
    onPage(page);
    for (const record of known) file(record);
    changed();
  };

  const loadMore = async () => {
    // The first page of what is not archived comes by itself.
    if (!hasMore || !isReady() || !(hasBegun || archived)) return;
    await loads.load('page', async () => {
      const { conversations } = await core.request(StartDocument, { first: pageSize, after: cursor, archived });
      return () => take(conversations);
    });
  };

  return {
    get: () => {
      const isComing = !hasBegun && !archived && isReady();
      state ??= { conversations: list.shown(), hasMore, isLoading: loads.isLoading || isComing, error: loads.error };
      return state;
    },
    subscribe: signal.subscribe,
    loadMore,
    begin(page) {
      for (const record of activity.keys()) list.delete(record);
      activity.clear();
      ({ reached, cursor, hasMore } = beginning);
      ends = [];
      hasBegun = false;
      loads.drop();
      if (page) take(page);
      else if (archived && signal.isWatched()) void loadMore();
      changed();
    },
    file,
    remove,
    changed,
    get hasMore() {
      return hasMore;
    },
    get hasBegun() {
      return hasBegun;
    },
    get ends() {
      return ends;
    },
    get records() {
      return list.records;
    },
    activityOf,
    load(end, begun) {
      ({ reached, cursor, hasMore } = end);
      hasBegun = begun;
      ends = [end];
      for (const record of known) file(record);
      changed();
    },
  };
}

const beginning: ListEnd = { reached: Number.POSITIVE_INFINITY, cursor: null, hasMore: true };
