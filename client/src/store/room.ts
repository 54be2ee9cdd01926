import type { Core } from '../core.ts';
import { MessagesDocument, type MessagesQueryVariables } from '../generated/graphql.ts';
import type { Message, ParleyErrorLike } from '../types.ts';
import type { Asks } from './asks.ts';
import type { Entities, EntityRecord } from './entities.ts';
import { createLoads } from './loads.ts';
import { createWindows, type MessageWindow, seqOf, type Windows } from './windows.ts';

/** So many messages are read at once: 50 would cost a visitor more than an operation may. */
const pageSize = 30;

/** One conversation of which messages are held. */
export interface Room {
  readonly id: string;
  readonly windows: Windows<Message>;
  readonly isLoading: boolean;
  readonly error: ParleyErrorLike | null;
  readonly isGone: boolean;
  /** Somebody looks at it, until the function is called: its messages are read. */
  watch(): () => void;
  readonly isWatched: boolean;
  /** When somebody has looked at it last, in milliseconds. */
  readonly watchedAt: number;
  /** A message of it is in the store; `isEvent` where it was told of in its order. */
  place(record: EntityRecord, isEvent: boolean): void;
  /** It is there for the viewer, perhaps again. */
  appear(): void;
  /** It is not there for the viewer any more. */
  vanish(): void;
  /** What is held may not be complete: reads it again where somebody looks. */
  restart(): void;
  loadOlder(): Promise<void>;
  loadNewer(): Promise<void>;
  jumpTo(messageId: string): Promise<void>;
  jumpToNewest(): Promise<void>;
}

export interface RoomParts {
  readonly core: Core;
  readonly asks: () => Promise<Asks>;
  readonly isReady: () => boolean;
  readonly entities: Entities;
  readonly show: (record: EntityRecord) => Message;
  /** Something is other than before. */
  readonly changed: () => void;
}

interface Page {
  readonly edges: readonly { readonly node: { readonly id: string } }[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly hasPreviousPage: boolean };
}

export function createRoom(id: string, { core, asks, isReady, entities, show, changed }: RoomParts): Room {
  const windows = createWindows(show);
  const loads = createLoads(core, changed);
  const { load } = loads;
  let watchers = 0;
  let isGone = false;
  let jump = '';
  let watchedAt = 0;

  const recordsOf = (page: Page) => page.edges.flatMap(({ node }) => entities.find(node.id) ?? []);

  const readPage = async (variables: Omit<MessagesQueryVariables, 'conversationId'>) =>
    (await core.request(MessagesDocument, { conversationId: id, ...variables })).conversation;

  const vanish = () => {
    isGone = true;
    loads.drop();
    windows.clear();
    changed();
  };

  const readNewest = () =>
    load(
      'newest',
      async () => {
        const conversation = await readPage({ last: pageSize });
        return () => {
          if (!conversation) return vanish();
          const { ahead } = windows;
          windows.clear();
          windows.show(windows.add(null, recordsOf(conversation.messages), { hasOlder: conversation.messages.pageInfo.hasPreviousPage, hasNewer: false }));
          for (const record of ahead) windows.place(record, false);
        };
      },
      true,
    );

  const loadNewer = (window: MessageWindow<Message> | null) =>
    load('newer', async () => {
      const after = window?.list.last?.id;
      const conversation = after === undefined ? null : await readPage({ first: pageSize, after });
      return () => {
        if (!window || !conversation || !windows.has(window)) return;
        windows.add(window, recordsOf(conversation.messages), { hasNewer: conversation.messages.pageInfo.hasNextPage });
      };
    });

  /** Reads what lies between the end of a window and the newest message. */
  const fill = async (window: MessageWindow<Message>) => {
    while (windows.has(window) && !windows.live && !loads.error) await loadNewer(window);
  };

  const place = (record: EntityRecord, isEvent: boolean) => {
    if (isGone) return;
    if (!windows.live && !loads.isLoadingOf('newest') && !loads.isLoadingOf('newer')) {
      // With the first message of all there is nothing to read.
      const isFirst = seqOf(record) === 1 && entities.find(id)?.fields.lastSeq === 1;
      if (isFirst && !windows.shown) windows.show(windows.add(null, [record], { hasOlder: false, hasNewer: false }));
      else if (watchers > 0 && !windows.shown) void readNewest();
      else return;
    }
    const holed = windows.live;
    if (!windows.place(record, isEvent) || !holed) return;
    if (watchers > 0 && holed === windows.shown) void fill(holed);
    else windows.trim(0);
  };

  return {
    id,
    windows,
    get isLoading() {
      return loads.isLoading;
    },
    get error() {
      return loads.error;
    },
    get isGone() {
      return isGone;
    },
    get isWatched() {
      return watchers > 0;
    },
    watch() {
      watchers++;
      if (!windows.shown && !isGone && isReady()) {
        const conversation = entities.find(id);
        const last = conversation && entities.linked(conversation, 'lastMessage');
        if (last) place(last, false);
        else void readNewest();
      }
      return () => {
        watchers--;
        watchedAt = Date.now();
        // Whoever only looks anew goes on with what is on its way.
        queueMicrotask(() => {
          if (watchers === 0) loads.stop();
        });
      };
    },
    get watchedAt() {
      return watchedAt;
    },
    place,
    appear() {
      if (!isGone) return;
      isGone = false;
      if (watchers > 0) void readNewest();
    },
    vanish,
    restart() {
      loads.drop();
      if (watchers === 0) windows.clear();
      else {
        for (const window of [windows.live, windows.shown]) if (window) window.isLive = false;
        void readNewest();
      }
    },
    async loadOlder() {
      const window = windows.shown;
      const before = window?.list.first?.id;
      if (!window?.hasOlder || before === undefined) return;
      await load('older', async () => {
        const conversation = await readPage({ last: pageSize, before });
        return () => {
          if (!conversation || !windows.has(window)) return;
          windows.add(window, recordsOf(conversation.messages), { hasOlder: conversation.messages.pageInfo.hasPreviousPage });
        };
      });
    },
    async loadNewer() {
      if (windows.shown && !windows.shown.isLive) await loadNewer(windows.shown);
    },
    async jumpTo(messageId) {
      jump = messageId;
      const known = entities.find(messageId);
      const window = known && windows.find(known);
      if (window) {
        windows.show(window);
        changed();
        return;
      }
      await load(`around ${messageId}`, async () => {
        const { ids, place } = await (await asks()).around(id, messageId);
        return () => {
          const records = ids.flatMap((one) => entities.find(one) ?? []);
          const opened = windows.add(null, records, place);
          if (jump === messageId) windows.show(opened);
        };
      });
    },
    async jumpToNewest() {
      jump = '';
      const { live } = windows;
      if (!live) return await readNewest();
      windows.show(live);
      changed();
    },
  };
}
