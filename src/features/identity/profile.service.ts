import { changeAvatarUrl } from '../files/avatar.service.ts';
import type { LogWriter } from '../log/log.service.ts';
import { indexNames } from '../users/name-index.service.ts';
import type { UserRow } from '../users/user.entity.ts';
import type { ExternalPersonRow } from './external-person.entity.ts';
import type { ToldProfile } from './profile.policy.ts';
import { traitsJson } from './traits.policy.ts';

/** A proof, as far as it tells of a person. */
export interface ToldByProof {
  readonly profile: ToldProfile;
  /** When it was made. */
  readonly issuedAt: number;
}

/**
 * Makes somebody say of themselves what the newest proof says, and tells those who see it where that is something else. Both rows are locked and nothing is
 * stamped. What is older than what was told last changes nothing: pages that were open for long bring theirs too.
 */
export async function followProof(
  writer: LogWriter,
  person: ExternalPersonRow,
  before: UserRow,
  { profile, issuedAt }: ToldByProof,
  onProfile: (writer: LogWriter, userId: number) => Promise<void>,
): Promise<UserRow> {
  if (person.profileAt !== null && person.profileAt > issuedAt) return before;
  const { nickname = before.nickname, avatar: picture } = profile;
  const avatar = picture === undefined || picture === before.avatar ? before.avatar : await changeAvatarUrl(writer, before.id, before.avatar, picture);
  const traits = profile.traits === undefined ? person.traits : traitsJson(profile.traits);
  await writer.stamp();
  if (traits !== person.traits || issuedAt !== person.profileAt)
    await writer.db.updateTable('ExternalPerson').set({ traits, profileAt: issuedAt }).where('userId', '=', before.id).execute();
  if (nickname === before.nickname && avatar === before.avatar) return before;
  const after = { ...before, nickname, avatar };
  await writer.db.updateTable('User').set({ nickname, avatar }).where('id', '=', before.id).execute();
  await indexNames(writer, before.id, before, after);
  writer.append(before.id, { kind: 'PERSON', aboutId: before.id }, [before.id]);
  await onProfile(writer, before.id);
  return after;
}
