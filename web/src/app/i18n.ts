import { computed, signal } from '@preact/signals';
import { keep, readKept } from './kept.ts';

/** The languages of the page. */
export const locales = { en: 'English', zh: '中文' } as const;
export type Locale = keyof typeof locales;

/** The same texts in every language. A text with something in it is a function. */
export type Texts<T> = Readonly<Record<Locale, T>>;

/** Makes a section of texts: the second language has exactly the keys of the first. */
export function texts<T>(en: T, zh: NoInfer<T>): Texts<T> {
  return { en, zh };
}

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
