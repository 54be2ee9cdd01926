import type { Core } from '../core.ts';
import { ParleyError } from '../errors.ts';
import type { Outbox, OutboxEntry } from '../outbox/contract.ts';
import type { Chat, ChatState, Conversation, Message, RequestOptions } from '../types.ts';
import type { Asks } from './asks.ts';
import { type Changes, edited, reacted, readUpTo, recalled } from './changes.ts';
import type { Entities, Entity, EntityRecord, Patch } from './entities.ts';
import { createLoads } from './loads.ts';
import { createReadMarks } from './read-marks.ts';
import type { Room } from './room.ts';
import type { Signals } from './signals.ts';
import { createTypingPlace } from './typing.ts';
import { type Surroundings, waitingMessage } from './waiting-message.ts';

export interface ChatParts {
  readonly core: Core;
  readonly asks: () => Promise<Asks>;
  readonly isReady: () => boolean;
  readonly outbox: Outbox;
  readonly entities: Entities;
  readonly signals: Signals;
  readonly changes: Changes;
  room(conversationId: string): Room;
  /** The id of the conversation with somebody, where there is one that is known. */
  direct(userId: string): string | null;
  showMessage(record: EntityRecord): Message;
  showConversation(record: EntityRecord): Conversation;
  readonly surroundings: Omit<Surroundings, 'conversationId'>;
  /** Whether a message of the viewer's with this clientId is in the store. */
  isAcknowledged(clientId: string): boolean;
}

export interface OpenChat {
  readonly chat: Chat;
  readonly isWatched: boolean;
  /** Lets go what was shown last. */
  forget(): void;
  /** Something in it is other than before, or the session is. */
  changed(): void;
  /** What is known may have nothing of it any more: whoever looks asks anew. */
  restart(): void;
  /** Somebody has sent a message; without an id the viewer. */
  sent(userId?: string): void;
  clear(): void;
}

/** What a page uses of a conversation, named by its own id or by that of the other person. */
export function createChat(to: string, isPerson: boolean, parts: ChatParts): OpenChat {
  const { core, asks, outbox, entities, signals, changes } = parts;
  let state: ChatState | null = null;
  let composed: readonly Message[] = [];
  /** The conversation with the person was asked for. */
  let isFound = false;
  let leave: (() => void) | null = null;
  /** What is subscribed to while somebody looks, by the id under which messages wait. */
  const entries = new Map<string, () => void>();
  const shownEntries = new WeakMap<OutboxEntry, Message>();
  /** The clientIds of the messages that were shown here before the server had them. */
  const shownBefore = new Set<unknown>();

  const conversationId = () => (isPerson ? parts.direct(to) : to);
  const record = () => {
    const known = entities.find(conversationId() ?? '');
    return known && typeof known.fields.rev === 'number' ? known : null;
  };
  const room = () => {
    const id = conversationId();
    return id === null ? null : parts.room(id);
  };
  const waitsUnder = () => {
    const known = record();
    const peer = known && entities.linked(known, 'peer')?.id;
    return [...new Set([to, known?.id ?? to, peer ?? to])];
  };

  const changed = () => {
    state = null;
    if (!signal.isWatched()) return;
    follow();
    signal.changed();
  };

  /** Looks at what there is to look at, while somebody looks here. */
  const follow = () => {
    for (const id of waitsUnder()) if (!entries.has(id)) entries.set(id, outbox.entries(id).subscribe(changed));
    if (!parts.isReady()) return;
    const held = leave ? null : room();
    if (held) {
      // Watching changes the room, which comes here again.
      leave = () => {};
      leave = held.watch();
    }
    typing.follow();
    if (!leave && !isFound && !loads.error) void find();
  };

  const restart = () => {
    isFound = false;
    changed();
  };

  const loads = createLoads(core, () => changed());
  const find = () =>
    loads.load(
      'conversation',
      async () => {
        await (await asks()).direct(to);
        return () => {
          isFound = true;
        };
      },
      true,
    );

  const signal = signals({
    first: () => follow(),
    last() {
      leave?.();
      leave = null;
      queueMicrotask(() => {
        if (!signal.isWatched()) loads.stop();
      });
      for (const stop of entries.values()) stop();
      entries.clear();
    },
  });
  const typing = createTypingPlace(core, signals, conversationId);
  const readMarks = createReadMarks((seq) => {
    const known = record();
    // Where it is refused the next mark tells more.
    if (known) changes.make(known, readUpTo(seq), (asks, options) => asks.markRead(known.id, seq, options)).catch(() => {});
  });

  const showEntry = (entry: OutboxEntry): Message => {
    const around = { ...parts.surroundings, viewer: parts.surroundings.viewer, conversationId: conversationId() ?? '' };
    const before = shownEntries.get(entry);
    if (before && before.sender === around.viewer && before.conversation.id === around.conversationId) return before;
    const shown = waitingMessage(entry, around);
    shownEntries.set(entry, shown);
    shownBefore.add(entry.clientId);
    return shown;
  };

  /** What the server has, and what is on its way there. */
  const compose = (held: Room | null): readonly Message[] => {
    const shown = held?.windows.shown ?? null;
    const messages = shown?.list.shown() ?? none;
    if (held?.isGone || (shown && !shown.isLive)) return messages;
    const ahead = held?.windows.ahead.filter(({ fields }) => shownBefore.has(fields.clientId)).map(parts.showMessage) ?? none;
    const waiting = waitsUnder()
      .flatMap((id) => outbox.entries(id).get())
      .filter(({ clientId }) => !parts.isAcknowledged(clientId))
      .sort((a, b) => (a.createdAt < b.createdAt ? -1 : a.createdAt > b.createdAt ? 1 : 0));
    if (ahead.length + waiting.length === 0) return messages;
    const next = [...messages, ...ahead, ...waiting.map(showEntry)];
    return next.length === composed.length && next.every((message, place) => message === composed[place]) ? composed : next;
  };

  const get = (): ChatState => {
    if (state) return state;
    const [known, held] = [record(), room()];
    composed = compose(held);
    state = {
      conversation: known && !held?.isGone ? parts.showConversation(known) : null,
      messages: composed,
      hasOlder: held?.windows.shown?.hasOlder ?? false,
      hasNewer: held?.windows.shown ? !held.windows.shown.isLive : false,
      isLoading: loads.isLoading || (held?.isLoading ?? false),
      error: loads.error ?? held?.error ?? null,
      isGone: held?.isGone ?? false,
    };
    return state;
  };

  const change = async (messageId: string, patch: Patch, ask: (asks: Asks, options: RequestOptions, shown: Entity) => Promise<unknown>) => {
    const message = entities.find(messageId);
    if (!message) throw new ParleyError('NOT_FOUND', 'There is no such message.');
    const shown = entities.show(message);
    await changes.make(message, patch, (asks, options) => ask(asks, options, shown));
  };

  const chat: Chat = {
    get,
    subscribe: signal.subscribe,
    get conversation() {
      return get().conversation;
    },
    get messages() {
      return get().messages;
    },
    send: (content, options) => outbox.send(to, content, options),
    retry: outbox.retry,
    discard: outbox.discard,
    edit: (messageId, text) => change(messageId, edited(text, new Date().toISOString()), (asks, options, shown) => asks.edit(shown, text, options)),
    recall: (messageId) => change(messageId, recalled(new Date().toISOString()), (asks, options) => asks.recall(messageId, options)),
    react: (messageId, emoji) => change(messageId, reacted(emoji, true), (asks, options) => asks.react(messageId, emoji, options)),
    unreact: (messageId, emoji) => change(messageId, reacted(emoji, false), (asks, options) => asks.unreact(messageId, emoji, options)),
    loadOlder: async () => await room()?.loadOlder(),
    loadNewer: async () => await room()?.loadNewer(),
    jumpTo: async (messageId) => await room()?.jumpTo(messageId),
    jumpToNewest: async () => await room()?.jumpToNewest(),
    markRead(seq) {
      const known = record();
      const last = Number(known?.fields.lastSeq ?? 0);
      readMarks.seen(Math.min(seq ?? last, last));
    },
    setTyping: () => typing.tell(),
    typing: { get: typing.get, subscribe: typing.subscribe },
  };

  return {
    chat,
    get isWatched() {
      return signal.isWatched();
    },
    forget() {
      state = null;
      composed = none;
    },
    changed,
    restart,
    sent: typing.sent,
    clear() {
      leave?.();
      leave = null;
      loads.stop();
      loads.drop();
      shownBefore.clear();
      readMarks.clear();
      typing.clear();
      restart();
    },
  };
}

const none: readonly Message[] = [];
