import type { Core } from '../core.ts';
import { SetTypingDocument } from '../generated/graphql.ts';
import type { Readable, User } from '../types.ts';
import type { Signals } from './signals.ts';

/** Milliseconds for which somebody counts as writing who is not told of again. */
const lasting = 6000;
/** Milliseconds between two times that the viewer's writing is told. */
const between = 3000;

/** Who writes in one conversation. */
export interface TypingPlace extends Readable<readonly User[]> {
  /** The viewer writes. */
  tell(): void;
  /** A message came: what its sender writes from now on is another one. Without an id: the viewer's own. */
  sent(userId?: string): void;
  /** Asks who writes, where somebody wants to know and there is a conversation. */
  follow(): void;
  /** The session is over. */
  clear(): void;
}

const nobody: readonly User[] = [];

export function createTypingPlace(core: Core, signals: Signals, conversationId: () => string | null): TypingPlace {
  const writers = new Map<string, { readonly user: User; readonly timer: ReturnType<typeof setTimeout> }>();
  let shown = nobody;
  let stop: (() => void) | null = null;
  let toldAt = Number.NEGATIVE_INFINITY;

  const clear = () => {
    stop?.();
    stop = null;
    toldAt = Number.NEGATIVE_INFINITY;
    for (const id of [...writers.keys()]) remove(id);
  };
  const signal = signals({ first: () => follow(), last: clear });

  const change = () => {
    shown = writers.size === 0 ? nobody : [...writers.values()].map(({ user }) => user);
    signal.changed();
  };

  const remove = (userId: string) => {
    const writer = writers.get(userId);
    if (!writer) return;
    clearTimeout(writer.timer);
    writers.delete(userId);
    change();
  };

  const follow = () => {
    const id = conversationId();
    if (stop || id === null || !signal.isWatched()) return;
    stop = core.watch(
      'Typing',
      { conversationId: id },
      ({ typing: { user } }) => {
        clearTimeout(writers.get(user.id)?.timer);
        const isNew = !writers.has(user.id);
        writers.set(user.id, { user, timer: setTimeout(() => remove(user.id), lasting) });
        if (isNew) change();
      },
      // Refused, or over because the viewer is no member any more: it is not asked again.
      () => {
        stop = () => {};
      },
    );
  };

  return {
    get: () => shown,
    subscribe: signal.subscribe,
    tell() {
      const id = conversationId();
      const at = Date.now();
      if (id === null || Math.abs(at - toldAt) < between) return;
      toldAt = at;
      // Nobody has to know that it could not be told.
      core.request(SetTypingDocument, { conversationId: id }, { patience: 0 }).catch(() => {});
    },
    sent(userId) {
      if (userId === undefined) toldAt = Number.NEGATIVE_INFINITY;
      else remove(userId);
    },
    follow,
    clear,
  };
}
