import type { Viewer } from '../../kernel/viewer.ts';
import type { Tx } from '../../platform/database.ts';
import { createStatement, type Slots } from '../../platform/statement.ts';
import type { Carrying } from './carried.service.ts';

/** Who carries what. */
interface Carrier {
  readonly viewer: Viewer;
  readonly carrying: Pick<Carrying, 'uploads' | 'forwards'>;
}

const ownNamed = createStatement((tx, slot: Slots<{ keys: readonly (readonly [ownerId: number, uuid: string])[] }>) =>
  tx.db
    .selectFrom('File')
    .select(['id', 'ownerId', 'uuid'])
    .where(slot.oneOf(['ownerId', 'uuid'], 'keys')),
);

// A list for each table, and not the keys as they belong together: of those no database makes keys of the tables, and whole galleries would be read for
// each member. What is found beside is of nobody.
const shownBy = createStatement((tx, slot: Slots<{ userIds: readonly number[]; uuids: readonly string[]; seqs: readonly number[] }>) =>
  tx.db
    .selectFrom('FileUse as f')
    .innerJoin('Conversation as c', 'c.id', 'f.logId')
    .innerJoin('Member as m', (join) => join.onRef('m.logId', '=', 'c.id').on('m.active', '=', 1))
    .select(['f.fileId', 'f.seq', 'c.uuid', 'm.userId'])
    .where('c.uuid', 'in', slot('uuids'))
    .where('m.userId', 'in', slot('userIds'))
    .where('f.seq', 'in', slot('seqs')),
);

/**
 * The files that each of these may carry, by their numeric ids: those that they name, and those of the messages that they forward. To be locked before
 * the stamp, after which whoever carries them looks at them. What is not the viewer's, and what the viewer does not see, is left out: nobody else's
 * transactions are to wait for it.
 */
export async function findCarriedFiles<C extends Carrier>(tx: Tx, carriers: readonly C[]): Promise<ReadonlyMap<C, readonly number[]>> {
  const named = carriers.flatMap(({ viewer, carrying }) => carrying.uploads.map((uuid) => [viewer.userId, uuid] as const));
  const forwarded = carriers.flatMap(({ viewer, carrying: { forwards } }) => (forwards === null ? [] : [{ userId: viewer.userId, ...forwards }]));
  const each = <T>(values: readonly T[]) => [...new Set(values)];
  const places = {
    userIds: each(forwarded.map(({ userId }) => userId)),
    uuids: each(forwarded.map(({ conversationUuid }) => conversationUuid)),
    seqs: each(forwarded.map(({ seq }) => seq)),
  };
  const ids = new Map<string, number[]>();
  const add = (key: string, id: number) => ids.set(key, [...(ids.get(key) ?? []), id]);
  for (const { id, ownerId, uuid } of await ownNamed(tx, { keys: named })) add(`${ownerId} ${uuid}`, id);
  for (const { fileId, userId, uuid, seq } of await shownBy(tx, places)) add(`${userId} ${uuid} ${seq}`, fileId);
  return new Map(
    carriers.map((carrier) => {
      const { viewer, carrying } = carrier;
      const keys = carrying.uploads.map((uuid) => `${viewer.userId} ${uuid}`);
      if (carrying.forwards !== null) keys.push(`${viewer.userId} ${carrying.forwards.conversationUuid} ${carrying.forwards.seq}`);
      return [carrier, keys.flatMap((key) => ids.get(key) ?? [])];
    }),
  );
}
