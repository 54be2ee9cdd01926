/** The languages of the page. */
export const locales = { en: 'English', zh: '中文' } as const;
export type Locale = keyof typeof locales;

/** The same texts in every language. A text with something in it is a function. */
export type Texts<T> = Readonly<Record<Locale, T>>;

/** Makes a section of texts: the second language has exactly the keys of the first. */
export function texts<T>(en: T, zh: NoInfer<T>): Texts<T> {
  return { en, zh };
}
