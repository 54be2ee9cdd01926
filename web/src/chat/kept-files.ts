import { signal } from '@preact/signals';
import { parley } from '../app/parley.ts';
import type { PickedFile } from './picked-files.tsx';

const none: readonly PickedFile[] = [];

/** What was picked and not sent, as drafts of texts are kept. It lasts as long as the page: its uploads do. */
const kept = signal<ReadonlyMap<string, readonly PickedFile[]>>(new Map());

/** The files of a draft. Whatever renders them follows what becomes of them. */
export function filesFor(draftKey: string): readonly PickedFile[] {
  return kept.value.get(draftKey) ?? none;
}

/** Keeps the files of a draft in the place of those before. */
export function keepFiles(draftKey: string, files: readonly PickedFile[]): void {
  const next = new Map(kept.peek());
  if (files.length === 0) next.delete(draftKey);
  else next.set(draftKey, files);
  kept.value = next;
}

/** Puts the files of one draft to those of another one. */
export function moveFiles(from: string, to: string): void {
  const moved = kept.peek().get(from);
  if (!moved) return;
  keepFiles(to, [...(kept.peek().get(to) ?? none), ...moved]);
  keepFiles(from, none);
}

parley.session.subscribe(() => {
  if (parley.session.get().status !== 'signedOut') return;
  // Nobody sends them any more.
  for (const { upload } of [...kept.peek().values()].flat()) upload.cancel().catch(() => {});
  kept.value = new Map();
});
