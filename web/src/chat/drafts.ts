import { signal } from '@preact/signals';
import { parley } from '../app/parley.ts';

const place = 'parley.drafts';

/** What was written and not sent, by conversation. It lasts as long as the tab. */
export const drafts = signal<ReadonlyMap<string, string>>(read());

function read(): ReadonlyMap<string, string> {
  try {
    const kept: unknown = JSON.parse(sessionStorage.getItem(place) ?? '[]');
    if (!Array.isArray(kept)) return new Map();
    return new Map(kept.filter((entry): entry is [string, string] => Array.isArray(entry) && typeof entry[0] === 'string' && typeof entry[1] === 'string'));
  } catch {
    return new Map();
  }
}

/** Keeps a draft; one without anything to see is none. */
export function keepDraft(conversationId: string, text: string): void {
  const isNone = text.trim() === '';
  if ((drafts.peek().get(conversationId) ?? '') === (isNone ? '' : text)) return;
  const next = new Map(drafts.peek());
  if (isNone) next.delete(conversationId);
  else next.set(conversationId, text);
  drafts.value = next;
  try {
    sessionStorage.setItem(place, JSON.stringify([...next]));
  } catch {
    // Where storage is full or forbidden a draft lives as long as the page.
  }
}

/** Puts one draft to another one, behind what is there. */
export function moveDraft(from: string, to: string): void {
  const moved = drafts.peek().get(from);
  if (moved === undefined) return;
  const there = drafts.peek().get(to);
  keepDraft(to, there === undefined ? moved : `${there}\n${moved}`);
  keepDraft(from, '');
}

/** Whoever signs out leaves nothing behind. */
function forgetDrafts(): void {
  drafts.value = new Map();
  try {
    sessionStorage.removeItem(place);
  } catch {
    // There is none.
  }
}

parley.session.subscribe(() => {
  if (parley.session.get().status === 'signedOut') forgetDrafts();
});
