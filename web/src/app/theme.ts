import { signal } from '@preact/signals';
import { keep, readKept } from './kept.ts';

export type Theme = 'system' | 'light' | 'dark';

const kept = readKept('theme');

/** Light, dark, or whatever the system has. */
export const theme = signal<Theme>(kept === 'light' || kept === 'dark' ? kept : 'system');

theme.subscribe((now) => {
  if (now === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = now;
});

/** Changes it and keeps the choice. */
export function setTheme(next: Theme): void {
  keep('theme', next === 'system' ? null : next);
  theme.value = next;
}
