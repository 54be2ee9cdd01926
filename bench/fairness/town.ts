import { hash } from '@node-rs/argon2';
import type { Tables } from '../../src/platform/database.ts';
import { isIndexBehind } from '../harness/indexed.ts';
import { inTurn } from '../harness/reader.ts';
import { askOnce } from '../harness/requests.ts';
import { createSender } from '../harness/room.ts';
import { createScene, type Guest, type Room, type Scene } from '../harness/scene.ts';
import { startServer } from '../harness/server.ts';
import { type Account, everything, kinds } from './attacks.ts';
import type { Household } from './ordinary.ts';

/** Tables that grow with what people do. */
const tables = ['User', 'Session', 'Message', 'Log', 'Entry', 'SearchRow', 'NameSuffix', 'IndexNote', 'Made'] as const satisfies readonly (keyof Tables)[];

/** How many rows a table has. */
export type Rows = ReadonlyMap<string, number>;

/** Ordinary people and attackers, with what they have written. */
export interface Town {
  readonly scene: Scene;
  /** The attacker's accounts for a kind of attack: others for each, so that none has used up what the next one may do. */
  accountsFor(kind: string): readonly Account[];
  /** Ordinary people, who will be behind this address. */
  household(which: 'same' | 'elsewhere', from: string): Household;
  /** The rows of the tables that people fill. */
  rows(): Promise<Rows>;
}

const password = 'what everybody knows here';
/** As many as may register from one address at once. */
const accountsOfKind = 25;
const pairsOfHousehold = 4;
const namesOfHousehold = 3;

/** What all attackers have: conversations with messages, which together are just as many as are replayed. */
const hall = { rooms: 50, messagesEach: 96 } as const;

/** Makes the town on empty data. The messages are written by a server without limits. */
export async function createTown(services: Parameters<typeof createScene>[0]): Promise<Town> {
  const scene = await createScene(services);
  const { database } = scene;
  const attackers = new Map<string, Guest[]>();
  for (const kind of kinds) attackers.set(kind, await scene.people(accountsOfKind));
  const everybody = [...attackers.values()].flat();
  const households = { same: await people(scene), elsewhere: await people(scene) };
  const passwordHash = await hash(password, { memoryCost: 19_456, timeCost: 2, parallelism: 1 });
  await database.transaction(({ db }) => db.updateTable('User').set({ passwordHash }).execute());

  const rooms = new Map<Guest, Room>();
  for (const company of attackers.values())
    for (const [index, guest] of company.entries()) rooms.set(guest, await scene.group([guest, company[(index + 1) % company.length] ?? guest]));
  const [writer] = await scene.people(1);
  if (!writer) throw new Error('nobody is there');
  const halls: Room[] = [];
  for (let index = 0; index < hall.rooms; index += 1) halls.push(await scene.group([writer, ...everybody]));

  const server = await startServer('src/main.ts', scene.env);
  const cursors = new Map<Guest, string>();
  await inTurn(
    ['replays', everything].flatMap((kind) => attackers.get(kind) ?? []),
    8,
    async (guest) => void cursors.set(guest, await cursorOf(server.port, guest)),
  );
  await inTurn(halls, 8, async (room, index) => {
    const sender = await createSender(server.port, writer, room, `The quick brown fox jumps over the lazy dog ${index}. 你好！`.repeat(2));
    for (let sent = 0; sent < hall.messagesEach; sent += 16) await sender.send(16);
    sender.close();
  });
  await untilIndexed(scene);
  await server.stop();

  return {
    scene,
    accountsFor: (kind) =>
      (attackers.get(kind) ?? []).map((guest) => ({
        username: `x_${guest.id}`,
        password,
        token: guest.token,
        room: rooms.get(guest)?.globalId ?? '',
        cursor: cursors.get(guest) ?? '',
      })),
    household: (which, from) => ({ ...households[which], from, password }),
    async rows() {
      const rows = new Map<string, number>();
      for (const table of tables) {
        const found = await database.read(({ db }) =>
          db
            .selectFrom(table)
            .select((eb) => eb.fn.countAll<number>().as('count'))
            .executeTakeFirst(),
        );
        rows.set(table, Number(found?.count ?? 0));
      }
      return rows;
    },
  };
}

async function people(scene: Scene): Promise<Pick<Household, 'pairs' | 'names'>> {
  const pairs: Household['pairs'][number][] = [];
  for (let index = 0; index < pairsOfHousehold; index += 1) {
    const [one, other] = await scene.people(2);
    if (one && other) pairs.push({ people: [one, other], room: await scene.group([one, other]) });
  }
  return { pairs, names: (await scene.people(namesOfHousehold)).map(({ id }) => `x_${id}`) };
}

async function cursorOf(port: number, { token }: Guest): Promise<string> {
  const { body } = await askOnce(port, {
    path: '/graphql',
    body: JSON.stringify({ query: '{ viewer { cursor } }' }),
    headers: { authorization: `Bearer ${token}` },
  });
  const cursor = /"cursor":"([^"]+)"/.exec(body)?.[1];
  if (cursor === undefined) throw new Error(body);
  return cursor;
}

/** What is searched for is in the index. */
async function untilIndexed({ database }: Scene): Promise<void> {
  for (const late = Date.now() + 60_000; Date.now() < late; await new Promise((resolve) => setTimeout(resolve, 100))) {
    if (!(await isIndexBehind(database))) return;
  }
  throw new Error('the index is not written');
}
