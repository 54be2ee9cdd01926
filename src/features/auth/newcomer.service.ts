import type { Tx } from '../../platform/database.ts';
import { createStatement, type Slots } from '../../platform/statement.ts';
import type { LogWriter } from '../log/log.service.ts';
import { indexNames } from '../users/name-index.service.ts';
import type { UserRow } from '../users/user.entity.ts';
import { lockUser } from '../users/user.service.ts';
import type { SessionWriter } from './session-writer.service.ts';

/** The locked row of a visitor; null where it has gone meanwhile, as that of one who left no trace. */
export async function lockIfThere(writer: LogWriter, userId: number): Promise<UserRow | null> {
  const logs = await writer.lock([userId]);
  return logs.has(userId) ? await lockUser(writer, userId) : null;
}

const usersOfDevice = createStatement((tx, slot: Slots<{ hashes: readonly string[] }>) =>
  tx.db.selectFrom('User').selectAll().where('deviceHash', 'in', slot('hashes')).limit(1),
);

/** The visitor of a device, by the hashes of its id, or null. */
export async function visitorOfDevice(tx: Tx, hashes: readonly string[]): Promise<UserRow | null> {
  const [found] = await usersOfDevice(tx, { hashes });
  return found ?? null;
}

/** What a visitor becomes. A nickname that is null stays, unless it was the name that was made for the visitor. */
export interface Becoming extends Pick<UserRow, 'username' | 'passwordHash'> {
  readonly nickname: string | null;
  /** Absent: it stays. What it showed before is released already. */
  readonly avatar?: string;
}

/** Turns a visitor, whose row is locked, into a user: the device id is used up, and the visitor's sessions end. Takes the stamp. */
export async function becomeUser(
  writer: SessionWriter,
  visitor: UserRow,
  { nickname, ...account }: Becoming,
  onRegistered: (writer: LogWriter, userId: number) => Promise<void>,
): Promise<UserRow> {
  await writer.stamp();
  const kept = visitor.nickname === visitor.username ? account.username : visitor.nickname;
  const changes = { ...account, usernameKey: account.username.toLowerCase(), role: 'USER' as const, nickname: nickname ?? kept, deviceHash: null };
  await writer.db.updateTable('User').set(changes).where('id', '=', visitor.id).execute();
  const user = { ...visitor, ...changes };
  await indexNames(writer, user.id, visitor, user);
  await writer.endSessions(user, 'REGISTERED');
  writer.append(user.id, { kind: 'PERSON', aboutId: user.id }, [user.id]);
  await onRegistered(writer, user.id);
  return user;
}
