import type { Parley } from 'parley-client';
import { UpdateGroupDocument, type UpdateGroupInput } from 'parley-client/documents';

/** Changes a group. */
export function updateGroup(parley: Parley, input: UpdateGroupInput) {
  return parley.request(UpdateGroupDocument, { input });
}
