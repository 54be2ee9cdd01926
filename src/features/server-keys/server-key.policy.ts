import { badInput } from '../../kernel/errors.ts';
import { type ServerCaller, type ServerRight, serverRights } from '../../kernel/server-caller.ts';
import type { ServerKeyRow } from './server-key.entity.ts';

/** What stands in the table for some rights: each once, in one order. Throws `BAD_USER_INPUT` where there are none. */
export function storedRights(rights: readonly ServerRight[]): string {
  if (rights.length === 0) throw badInput('rights', { zh: '至少需要一项权限', en: 'Give it at least one right' });
  return serverRights.filter((right) => rights.includes(right)).join(',');
}

/** The rights that stand in the table; what a newer version has written and this one does not know is left out. */
export function rightsIn(stored: string): readonly ServerRight[] {
  const names = new Set(stored.split(','));
  return serverRights.filter((right) => names.has(right));
}

/** The caller with a key. */
export function callerOfKey({ id, uuid, name, rights: stored }: Pick<ServerKeyRow, 'id' | 'uuid' | 'name' | 'rights'>): ServerCaller {
  const rights = rightsIn(stored);
  const isAll = rights.includes('ALL');
  return { keyId: id, keyUuid: uuid, name, rights: new Set(isAll ? serverRights : rights), isAll };
}

/** The caller with the key of the environment. */
export const callerOfEnvironment: ServerCaller = { keyId: 0, keyUuid: null, name: 'PARLEY_SERVER_KEY', rights: new Set(serverRights), isAll: true };
