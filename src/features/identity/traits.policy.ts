import { badInput } from '../../kernel/errors.ts';
import { isObject, storedJson } from '../../kernel/stored-json.ts';
import { isCleanText, isLonger, tooLong } from '../../kernel/texts.ts';
import { externalIdLimit } from '../../platform/identity-proof.ts';

/** Something that a provider says of somebody. */
export interface Trait {
  readonly key: string;
  readonly value: string;
}

/** How many traits somebody has at most, and the most characters of the parts of one. */
export const traitLimits = { traits: 20, key: 50, value: 200 } as const;

/**
 * Throws `BAD_USER_INPUT` where a text cannot be the id of anybody: it has 1 to 128 characters, and is otherwise any text. One with half a character in it
 * would be the same as others.
 */
export function requireExternalId(field: string, externalId: string): string {
  if (externalId === '' || isLonger(externalId, externalIdLimit) || !isCleanText(externalId))
    throw badInput(field, { zh: `应为 1 到 ${externalIdLimit} 个字符`, en: `Give 1 to ${externalIdLimit} characters` });
  return externalId;
}

/** Throws `BAD_USER_INPUT`, with the path of what does not fit, where there are too many, one is empty or too long, or a key comes twice. */
export function requireTraits(field: string, traits: readonly Trait[]): readonly Trait[] {
  if (traits.length > traitLimits.traits) throw badInput(field, { zh: `最多 ${traitLimits.traits} 项`, en: `Give at most ${traitLimits.traits}` });
  const keys = new Set<string>();
  for (const [index, { key, value }] of traits.entries()) {
    const at = `${field}.${index}`;
    for (const [name, text] of [
      ['key', key],
      ['value', value],
    ] as const) {
      if (isLonger(text, traitLimits[name])) throw tooLong(`${at}.${name}`, traitLimits[name]);
      if (text === '') throw badInput(`${at}.${name}`, { zh: '不能为空', en: 'Give at least one character' });
    }
    if (keys.has(key)) throw badInput(`${at}.key`, { zh: '同一个 key 不能出现两次', en: 'Give each key once' });
    keys.add(key);
  }
  return traits;
}

/** What stands in the table for some traits; null for none. */
export function traitsJson(traits: readonly Trait[]): string | null {
  return traits.length === 0 ? null : JSON.stringify(traits.map(({ key, value }) => ({ key, value })));
}

/** The traits that stand in the table. */
export function storedTraits(stored: string | null): readonly Trait[] {
  const parsed = stored === null ? null : storedJson(stored);
  return Array.isArray(parsed) ? parsed.filter(isTrait).slice(0, traitLimits.traits) : [];
}

function isTrait(value: unknown): value is Trait {
  return isObject(value) && typeof value.key === 'string' && typeof value.value === 'string';
}
