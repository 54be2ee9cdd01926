import { computed, signal } from '@preact/signals';
import { keep, readKept } from './kept.ts';
import { type Locale, locales, type Texts } from './texts.ts';

export { type Locale, locales };

const isLocale = (name: string | null): name is Locale => name !== null && name in locales;

function preferred(): Locale {
  const kept = readKept('locale');
  if (isLocale(kept)) return kept;
  return navigator.languages.map((tag) => tag.slice(0, 2).toLowerCase()).find(isLocale) ?? 'en';
}

/** The language that is shown. Whoever reads its value while rendering is rendered again when it changes. */
export const locale = signal<Locale>(preferred());

/** The tag for Intl. */
export const languageTag = computed(() => (locale.value === 'zh' ? 'zh-CN' : 'en'));

locale.subscribe((now) => {
  // The client tells the server the language of the page, so its sentences come in it too.
  document.documentElement.lang = now === 'zh' ? 'zh-CN' : 'en';
});

/** Shows the page in another language and keeps the choice. */
export function setLocale(next: Locale): void {
  keep('locale', next);
  locale.value = next;
}

/** A section in the language that is shown; for components and for whatever runs later. */
export function useTexts<T>(section: Texts<T>): T {
  return section[locale.value];
}

/** The same outside of a component: nothing follows a change of the language. */
export function textsNow<T>(section: Texts<T>): T {
  return section[locale.peek()];
}
