import type { Core } from '../core.ts';
import { isObject } from '../is-object.ts';
import type { RequestOptions } from '../types.ts';
import type { Asks } from './asks.ts';
import type { Entities, EntityRecord, Patch } from './entities.ts';
import { again } from './loads.ts';

export interface Changes {
  /**
   * Shows a change of an entity at once, and makes it at the server: again after every loss, and after those of the same entity that were made before.
   * Rejects where it is refused, and then it is taken back.
   */
  make(record: EntityRecord, patch: Patch, ask: (asks: Asks, options: RequestOptions) => Promise<unknown>): Promise<void>;
  /** Gives up what has not been made. */
  clear(): void;
}

/** Changes that are shown before the server has made them. `settle` is called after each change of what is shown. */
export function createChanges(core: Core, asks: () => Promise<Asks>, entities: Entities, settle: () => void): Changes {
  /** The last change of each entity. */
  const queues = new Map<EntityRecord, Promise<unknown>>();
  let stopping = new AbortController();

  return {
    async make(record, patch, ask) {
      const { signal } = stopping;
      const takeBack = entities.patch(record, patch);
      settle();
      const send = () => again(core, async () => await ask(await asks(), { signal }), signal);
      const done = (queues.get(record) ?? Promise.resolve()).then(send);
      const queued = done.catch(() => {});
      queues.set(record, queued);
      try {
        await done;
      } finally {
        if (queues.get(record) === queued) queues.delete(record);
        takeBack();
        settle();
      }
    },
    clear() {
      stopping.abort();
      stopping = new AbortController();
      queues.clear();
    },
  };
}

/** The message with another text, or caption. */
export const edited =
  (text: string, at: string): Patch =>
  (shown) => {
    const content = isObject(shown.content) ? shown.content : null;
    if (!content) return shown;
    return 'caption' in content
      ? { ...shown, content: { ...content, caption: text }, editedAt: at }
      : { ...shown, content: { ...content, text }, editedAt: at };
  };

/** The message without what it said. */
export const recalled =
  (at: string): Patch =>
  (shown) => ({
    ...shown,
    recalledAt: shown.recalledAt ?? at,
    content: null,
    ...('reactions' in shown && { reactions: [], mentions: [], mentionsEveryone: false, editedAt: null, forwardedFrom: null }),
  });

/** The message with a reaction of the viewer's more, or less. */
export const reacted =
  (emoji: string, isThere: boolean): Patch =>
  (shown) => {
    if (!Array.isArray(shown.reactions)) return shown;
    const reactions: readonly Readonly<Record<string, unknown>>[] = shown.reactions;
    const known = reactions.find((reaction) => looksAs(reaction.emoji) === looksAs(emoji));
    if (!known) return isThere ? { ...shown, reactions: [...reactions, { emoji, count: 1, viewerReacted: true }] } : shown;
    if (known.viewerReacted === isThere) return shown;
    const next = { ...known, count: Number(known.count) + (isThere ? 1 : -1), viewerReacted: isThere };
    return { ...shown, reactions: reactions.flatMap((reaction) => (reaction !== known ? [reaction] : next.count > 0 ? [next] : [])) };
  };

/** Emoji that look the same are one. */
const looksAs = (emoji: unknown) => String(emoji).replaceAll('\uFE0F', '');

/** The conversation, read up to a seq. */
export const readUpTo =
  (seq: number): Patch =>
  (shown) => {
    const { readSeq, lastSeq, unreadCount, unreadMentionCount } = shown;
    if (typeof readSeq !== 'number' || readSeq >= seq) return shown;
    const left = Math.max(0, Number(lastSeq) - seq);
    return {
      ...shown,
      readSeq: seq,
      unreadCount: Math.min(Number(unreadCount), left),
      unreadMentionCount: Math.min(Number(unreadMentionCount), left),
    };
  };
