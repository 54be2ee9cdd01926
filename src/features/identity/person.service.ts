import { AppError } from '../../kernel/errors.ts';
import { userUuidOf } from '../../kernel/ids.ts';
import type { ServerCaller } from '../../kernel/server-caller.ts';
import type { Tx } from '../../platform/database.ts';
import { createStatement, type Slots } from '../../platform/statement.ts';
import { findProvider } from '../providers/provider.service.ts';
import type { UserRow } from '../users/user.entity.ts';
import { externalKeyOf } from './external-person.policy.ts';

/** A person, as the operator's servers name them: by one of the two. */
export interface PersonInput {
  /** The global id or the uuid. */
  readonly userId?: string | null | undefined;
  readonly external?: ExternalName | null | undefined;
}

/** A person, as a provider names them. */
export interface ExternalName {
  readonly id: string;
  /** The key of the provider. Needed where there are several. */
  readonly provider?: string | null | undefined;
}

const personByKey = createStatement((tx, slot: Slots<{ providerId: number; externalKey: string }>) =>
  tx.db
    .selectFrom('ExternalPerson')
    .innerJoin('User', 'User.id', 'ExternalPerson.userId')
    .selectAll('User')
    .where('ExternalPerson.providerId', '=', slot('providerId'))
    .where('ExternalPerson.externalKey', '=', slot('externalKey')),
);

/** What providers say of these users, by their numeric ids. */
export const externalPeople = createStatement((tx, slot: Slots<{ userIds: readonly number[] }>) =>
  tx.db.selectFrom('ExternalPerson').select(['userId', 'externalId', 'traits']).where('userId', 'in', slot('userIds')),
);

/** Whoever a provider calls so, enabled or not; null where it has spoken of nobody under that id. An id is never anything but one of that provider's. */
export async function findExternal(tx: Tx, providerId: number, externalId: string): Promise<UserRow | null> {
  return (await personByKey(tx, { providerId, externalKey: externalKeyOf(externalId) }))[0] ?? null;
}

/** The person, enabled or not. Throws `NOT_FOUND` where there is none, and what `findProvider` throws. */
export async function findPerson(tx: Tx, { userId, external }: PersonInput): Promise<UserRow> {
  const found = external ? await findExternal(tx, (await findProvider(tx, external.provider ?? null)).id, external.id) : await findUser(tx, userId ?? '');
  if (found === null) throw new AppError('NOT_FOUND');
  return found;
}

async function findUser(tx: Tx, userId: string): Promise<UserRow | null> {
  const uuid = userUuidOf(userId);
  if (uuid === null) return null;
  return (await tx.db.selectFrom('User').selectAll().where('uuid', '=', uuid).executeTakeFirst()) ?? null;
}

/**
 * The person of a provider for whoever looks them up: an admin (`server` null), or a server key. Null where there is none, or no such provider, and for an
 * ADMIN to a key that may not read what admins read. Throws `BAD_USER_INPUT` as `findProvider` does.
 */
export async function findNamed(tx: Tx, server: ServerCaller | null, external: ExternalName): Promise<UserRow | null> {
  try {
    const found = await findPerson(tx, { external });
    return found.role === 'ADMIN' && server !== null && !server.rights.has('READ') ? null : found;
  } catch (error) {
    if (error instanceof AppError && error.code === 'NOT_FOUND') return null;
    throw error;
  }
}
