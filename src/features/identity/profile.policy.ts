import { fittingName, nameLimit } from '../../kernel/names.ts';
import { isObject } from '../../kernel/stored-json.ts';
import { firstOf, isBlank, isCleanText, isLonger } from '../../kernel/texts.ts';
import { fittingUrl } from '../../kernel/urls.ts';
import { type Trait, traitLimits } from './traits.policy.ts';

/** What a provider says of a person; what is absent stays as it is. */
export interface ToldProfile {
  readonly nickname?: string;
  readonly avatar?: string;
  readonly traits?: readonly Trait[];
}

/** What a proof says of a person, as far as it fits: too long a text is cut, and everything else is left out. Never a refusal: it is the person's, and they cannot help it. */
export function profileOf({ name, picture, traits }: Readonly<Record<string, unknown>>): ToldProfile {
  const nickname = typeof name === 'string' ? fittingName(name, nameLimit) : null;
  const avatar = typeof picture === 'string' ? fittingUrl(picture) : null;
  const said = traitsIn(traits);
  return { ...(nickname !== null && { nickname }), ...(avatar !== null && { avatar }), ...(said !== null && { traits: said }) };
}

/** An object of texts, or a list of pairs, each `{ key, value }`. Null where it is neither. */
function traitsIn(value: unknown): readonly Trait[] | null {
  if (!isObject(value) && !Array.isArray(value)) return null;
  const pairs: (readonly [unknown, unknown])[] = Array.isArray(value)
    ? value.map((pair: unknown) => (isObject(pair) ? [pair.key, pair.value] : [null, null]))
    : Object.entries(value);
  const traits = new Map<string, string>();
  for (const [key, text] of pairs) {
    if (traits.size === traitLimits.traits) break;
    if (
      typeof key !== 'string' ||
      typeof text !== 'string' ||
      !isCleanText(key) ||
      !isCleanText(text) ||
      isBlank(key) ||
      isBlank(text) ||
      isLonger(key, traitLimits.key)
    )
      continue;
    traits.set(key, firstOf(text, traitLimits.value));
  }
  return [...traits].map(([key, text]) => ({ key, value: text }));
}
