import { CreateGroupDocument } from '../../../test/generated/graphql.ts';
import { present } from '../../../test/support/client.ts';
import type { Person } from '../../../test/support/people.ts';

/** A group of somebody with friends of theirs; gives the id of its conversation. */
export async function createGroupOf(owner: Person, name: string, friends: readonly Person[]): Promise<string> {
  const { createGroup } = await owner.ask(CreateGroupDocument, { input: { name, memberIds: friends.map(({ user }) => user.id) } });
  return present(createGroup, 'the group').id;
}
