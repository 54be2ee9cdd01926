import type { Locale } from './errors.ts';

/**
 * The language for a reader, from an `Accept-Language` header (RFC 9110, section 12.5.4) or a plain tag such as `zh-CN`.
 * The first language by weight that Parley speaks; `en` when there is none.
 */
export function pickLocale(accepted: string | null | undefined): Locale {
  if (!accepted) return 'en';
  const wishes = accepted
    .slice(0, 200)
    .split(',')
    .map((part) => {
      const [tag = '', ...parameters] = part.trim().toLowerCase().split(';');
      const weight = parameters.map((parameter) => /^\s*q=([\d.]+)\s*$/.exec(parameter)?.[1]).find((value) => value !== undefined);
      // Some platforms write zh_CN.
      return { language: tag.split(/[-_]/)[0], weight: weight === undefined ? 1 : Number(weight) };
    });
  wishes.sort((a, b) => b.weight - a.weight);
  const found = wishes.find((wish) => wish.weight > 0 && (wish.language === 'zh' || wish.language === 'en'));
  return found?.language === 'zh' ? 'zh' : 'en';
}
