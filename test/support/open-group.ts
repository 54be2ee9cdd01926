import { JoinGroupDocument } from '../generated/graphql.ts';
import { createGroup } from './groups.ts';
import type { Person } from './people.ts';

/** A group into which people come by its code. */
export interface OpenGroup {
  /** Of its conversation. */
  readonly id: string;
  join(person: Person): Promise<void>;
}

/** Makes a group, into which these people come one after the other. */
export async function makeOpenGroup(owner: Person, people: readonly Person[]): Promise<OpenGroup> {
  const { id, inviteCode } = await createGroup(owner, [], { name: 'a group' });
  const join = async (person: Person) => {
    await person.ask(JoinGroupDocument, { inviteCode });
  };
  for (const person of people) await join(person);
  return { id, join };
}
