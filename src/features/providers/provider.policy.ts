import { randomInt } from 'node:crypto';
import { AppError, badInput } from '../../kernel/errors.ts';
import { nameLimit, requireName } from '../../kernel/names.ts';
import { requireText } from '../../kernel/texts.ts';
import { optionalUrl } from '../../kernel/urls.ts';
import type { ProviderKind, ProviderRow } from './provider.entity.ts';

type Text = string | null | undefined;

/** What an admin says of a provider. Null or absent leaves, where it is there already. */
export interface ProviderInput {
  readonly name: string;
  readonly kind: ProviderKind;
  readonly jwksUrl?: Text;
  readonly issuer?: Text;
  readonly audience?: Text;
  readonly enabled?: boolean | null | undefined;
}

/** What of a row decides how proofs are judged and who may bring them. */
export type ProviderSettings = Pick<ProviderRow, 'name' | 'kind' | 'jwksUrl' | 'issuer' | 'audience' | 'enabled'>;

/** The key of the provider of the environment. */
export const ownKey = 'default';

/** The most characters of an issuer and of an audience. */
export const claimLimit = 255;

/** The most providers that there may be. */
export const providersMost = 50;

const letters = 'abcdefghijklmnopqrstuvwxyz0123456789';

/** A key for a new provider: what the name has of letters and digits, so that people know it again, and some random ones. */
export function newProviderKey(name: string): string {
  const words = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 30);
  return [words || 'provider', Array.from({ length: 8 }, () => letters[randomInt(letters.length)]).join('')].join('-');
}

/**
 * What becomes of a provider, which is null where it is new. Throws `BAD_USER_INPUT` for what does not fit, and `CONFLICT` where it is the one of the
 * environment, or somebody came by it and kind or issuer would become another one: that one's ids are those of other people.
 */
export function changedProvider(before: ProviderRow | null, input: ProviderInput, allowsPrivate: boolean): ProviderSettings {
  if (before?.key === ownKey) throw ofEnvironment();
  const name = requireName('name', input.name, nameLimit);
  const { kind } = input;
  const kept = before?.kind === kind ? before : null;
  const enabled = typeof input.enabled === 'boolean' ? (input.enabled ? 1 : 0) : (before?.enabled ?? 1);
  const after: ProviderSettings = { name, kind, enabled, ...(kind === 'JWKS' ? ofJwks(kept, input, allowsPrivate) : ofSecret(input)) };
  if (before !== null && before.usedAt !== null) requireSameIssuer(before, after);
  return after;
}

/** The refusal to change what stands in the environment. */
export function ofEnvironment(): AppError {
  return new AppError(
    'CONFLICT',
    { field: 'id' },
    { zh: '这个身份提供方由环境变量设置，只能在那里修改', en: 'This provider is set by the environment: change it there' },
  );
}

function ofSecret({ jwksUrl, issuer, audience }: ProviderInput) {
  for (const [field, value] of Object.entries({ jwksUrl, issuer, audience }))
    if (value !== null && value !== undefined)
      throw badInput(field, { zh: '只有 JWKS 类型需要它', en: 'Only a JWKS has this: its secret is all that a SECRET is judged by' });
  return { jwksUrl: null, issuer: null, audience: null };
}

function ofJwks(kept: ProviderRow | null, input: ProviderInput, allowsPrivate: boolean) {
  const jwksUrl = input.jwksUrl === undefined || input.jwksUrl === null ? (kept?.jwksUrl ?? null) : optionalUrl('jwksUrl', input.jwksUrl, allowsPrivate);
  if (jwksUrl === null) throw badInput('jwksUrl', { zh: '请填写公钥集的地址', en: 'Say where its keys are published' });
  const claim = (field: 'issuer' | 'audience') => {
    const value = input[field] ?? kept?.[field] ?? '';
    requireText(field, value, claimLimit);
    return value;
  };
  return { jwksUrl, issuer: claim('issuer'), audience: claim('audience') };
}

function requireSameIssuer(before: ProviderRow, after: ProviderSettings): void {
  const field = before.kind !== after.kind ? 'kind' : before.issuer !== after.issuer ? 'issuer' : null;
  if (field !== null)
    throw new AppError(
      'CONFLICT',
      { field },
      { zh: '已有用户通过它登录，不能再修改；请新建一个', en: 'People have come by this provider, so this stays as it is: make another provider' },
    );
}
