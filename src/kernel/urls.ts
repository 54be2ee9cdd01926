import { badInput } from './errors.ts';
import { isBlank } from './texts.ts';

/** The most characters of a URL, as it is given and as it is stored. */
export const urlLimit = 2048;

const webUrl = (value: string, protocols: readonly string[]): string | null => {
  const url = value.length <= urlLimit ? URL.parse(value) : null;
  const fits = url !== null && protocols.includes(url.protocol) && url.username === '' && url.password === '' && url.href.length <= urlLimit;
  return fits ? url.href : null;
};

/**
 * What a browser makes of a URL that somebody gives, or null where it is null or blank: in the canonical form of the URL standard, in which nothing
 * can end an attribute or a line. `BAD_USER_INPUT` where it is no URL with https, says a name or a password, or has more than 2048 characters. With
 * `allowsHttp` it may also be one with http.
 */
export function optionalUrl(field: string, value: string | null | undefined, allowsHttp = false): string | null {
  if (value === null || value === undefined || isBlank(value)) return null;
  const href = webUrl(value, allowsHttp ? ['https:', 'http:'] : ['https:']);
  if (href === null)
    throw badInput(field, {
      zh: `请填写以 https:// 开头、不含用户名和密码、最多 ${urlLimit} 个字符的网址`,
      en: `Give a URL that begins with https://, without a name and a password, of at most ${urlLimit} characters`,
    });
  return href;
}

/** Likewise where nobody is there to be asked for another one: null for what does not fit. */
export function fittingUrl(value: string): string | null {
  return webUrl(value, ['https:']);
}
