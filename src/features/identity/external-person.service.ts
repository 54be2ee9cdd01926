import { AppError } from '../../kernel/errors.ts';
import type { LogWriter } from '../log/log.service.ts';
import type { ProviderRow } from '../providers/provider.entity.ts';
import { keptName } from '../users/kept-name.policy.ts';
import type { UserRow } from '../users/user.entity.ts';
import { insertUser } from '../users/user.service.ts';
import { externalKeyOf } from './external-person.policy.ts';
import { type Trait, traitsJson } from './traits.policy.ts';

/** What a provider says of somebody, in the form in which it is kept. */
export interface ExternalProfile {
  /** Null: the username. */
  readonly nickname: string | null;
  /** The address of a picture. */
  readonly avatar: string | null;
  readonly traits: readonly Trait[];
}

const nothingToTellOfDevices = { deviceHash: null, platform: null, model: null, os: null, brand: null } as const;

/**
 * Makes the user who is somebody of a provider's, together with the user's own log, which is locked by being new. Nothing is stamped before. A person whom
 * somebody else makes at the same moment, and a name that somebody has, fail as a duplicate (`isDuplicate`): try again from the start.
 */
export async function makeExternal(writer: LogWriter, provider: ProviderRow, externalId: string, profile: ExternalProfile): Promise<UserRow> {
  await markUsed(writer, provider);
  const username = keptName('EXT');
  const nickname = profile.nickname ?? username;
  const user = await insertUser(writer, { username, nickname, avatar: profile.avatar, role: 'USER', passwordHash: null, ...nothingToTellOfDevices });
  await bindExternal(writer, provider, externalId, { userId: user.id, traits: profile.traits });
  return user;
}

/** Remembers that somebody came by a provider: its kind and its issuer stay as they are from then on. Before the stamp, because it may wait for a lock. */
export async function markUsed(writer: LogWriter, provider: ProviderRow): Promise<void> {
  if (provider.usedAt !== null) return;
  await writer.db.updateTable('Provider').set({ usedAt: writer.dialect.now }).where('id', '=', provider.id).where('usedAt', 'is', null).execute();
  // Between the reading and the lock an admin may have made it another one, as nobody had come by it.
  const now = await writer.db.selectFrom('Provider').select(['kind', 'issuer']).where('id', '=', provider.id).executeTakeFirst();
  if (now?.kind !== provider.kind || now.issuer !== provider.issuer) throw new AppError('UNAVAILABLE');
}

const judging = ['kind', 'jwksUrl', 'issuer', 'audience', 'secret', 'previousSecret'] as const;

/**
 * Throws where an admin has changed a provider since a proof was judged by it, which takes as long as its keys are on their way: `IDENTITY_INVALID` where it
 * is disabled by now, and `UNAVAILABLE`, so that it is judged again, where it may have been good by a secret that was dropped. It holds until the
 * transaction ends: what an admin is told to be over is over. After `markUsed`, and before any log is locked, as whoever changes a provider has it.
 */
export async function requireUnchanged(writer: LogWriter, provider: ProviderRow): Promise<void> {
  const query = writer.db
    .selectFrom('Provider')
    .select([...judging, 'enabled'])
    .where('id', '=', provider.id);
  const now = await query.modifyEnd(writer.dialect.forShare).executeTakeFirst();
  if (now?.enabled !== 1) throw new AppError('IDENTITY_INVALID');
  if (judging.some((name) => now[name] !== provider[name])) throw new AppError('UNAVAILABLE');
}

/** The second in which something was said, as proofs name it: what is said later in the same second is newer. */
export function wholeSecond(ms: number): number {
  return Math.floor(ms / 1000) * 1000;
}

/** Notes that a user is somebody of a provider's, after the stamp. Fails as a duplicate where the user, or that somebody, is one already. */
export async function bindExternal(
  writer: LogWriter,
  provider: ProviderRow,
  externalId: string,
  { userId, traits }: { readonly userId: number; readonly traits: readonly Trait[] },
): Promise<void> {
  const { now } = await writer.stamp();
  const key = { providerId: provider.id, externalKey: externalKeyOf(externalId) };
  await writer.db
    .insertInto('ExternalPerson')
    .values({ ...key, externalId, userId, traits: traitsJson(traits), profileAt: null, sessionsEndedAt: null, createdAt: now })
    .execute();
}
