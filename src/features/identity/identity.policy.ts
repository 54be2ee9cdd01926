import type { ProviderRow } from '../providers/provider.entity.ts';
import type { UserRow } from '../users/user.entity.ts';

/**
 * Whether a proof leads to an account. Never to one that has a password, nor to an ADMIN; to an AGENT only by keys that an identity provider publishes:
 * whoever has the secret that a back end keeps is its customers, and nobody else.
 */
export function mayBeReached({ role, passwordHash }: Pick<UserRow, 'role' | 'passwordHash'>, { kind }: Pick<ProviderRow, 'kind'>): boolean {
  if (passwordHash !== null) return false;
  return role === 'USER' || (role === 'AGENT' && kind === 'JWKS');
}
