import { keepProfile } from './harness/profile.ts';
import { openReader } from './harness/reader.ts';
import { alternate, type Row, rowOf } from './harness/results.ts';
import { createSender } from './harness/room.ts';
import { createScene, type Guest, type Room } from './harness/scene.ts';
import { startServer } from './harness/server.ts';
import { startServices } from './harness/services.ts';

/** How much is done in a round. */
export interface SendsOptions {
  readonly rounds: number;
  /** How long a round of one arm takes. */
  readonly ms: number;
  /** Where to write what the server did, if anywhere. */
  readonly profile?: string;
}

const inFlight = 64;

/**
 * Acknowledged sends each second, 64 in flight over as many sockets, on MariaDB with its default durability, with all that a send needs: policy,
 * idempotency, log and answer. Against rows inserted each in its own transaction by mysql2 on 32 connections, from the same core.
 */
export async function sends({ rounds, ms, profile }: SendsOptions): Promise<Row[]> {
  const services = await startServices();
  const scene = await createScene(services);
  const ours = await startServer('src/main.ts', scene.env);
  const bare = await startServer('bench/bare/inserts.ts', scene.env);
  const control = await openReader(bare.port, '/');
  const theirs = async () => {
    const answered = Promise.withResolvers<string>();
    control.listen(answered.resolve);
    const start = performance.now();
    control.send(`${ms}`);
    return Number(await answered.promise) / ((performance.now() - start) / 1000);
  };
  const rows: Row[] = [];
  const ask = async (what: string, goal: number | null, guests: readonly Guest[], roomOf: (index: number) => Room) => {
    const senders = await Promise.all(guests.map((guest, index) => createSender(ours.port, guest, roomOf(index))));
    const counted = async () =>
      (
        await scene.database.read(({ db }) =>
          db
            .selectFrom('Message')
            .select((eb) => eb.fn.countAll<number>().as('count'))
            .execute(),
        )
      )[0]?.count ?? 0;
    const mine = async () => {
      const before = Number(await counted());
      let sent = 0;
      const start = performance.now();
      const lane = async (sender: (typeof senders)[number]) => {
        while (performance.now() - start < ms) {
          await sender.send();
          sent += 1;
        }
      };
      await Promise.all(senders.map(lane));
      const seconds = (performance.now() - start) / 1000;
      if (Number(await counted()) - before !== sent) throw new Error('not every acknowledged message is in the table');
      return sent / seconds;
    };
    const found = await alternate(rounds, mine, theirs);
    rows.push(rowOf({ what, against: 'single-row INSERT transactions, mysql2, 32 connections', unit: 'per second', goal, better: 'higher' }, found));
    if (profile !== undefined) await keepProfile(ours, `${profile}-sends-${rows.length}`, mine);
    for (const sender of senders) sender.close();
  };
  const people = await scene.people(inFlight);
  const rooms: Room[] = [];
  for (let index = 0; index < inFlight; index += 2) rooms.push(await scene.group(people.slice(index, index + 2)));
  const all = await scene.group(people);
  await ask(`acknowledged sends, ${inFlight} in flight, in ${rooms.length} conversations`, 0.5, people, (index) => rooms[index >> 1] ?? all);
  await ask(`acknowledged sends, ${inFlight} in flight, in one conversation`, null, people, () => all);
  control.close();
  await ours.stop();
  await bare.stop();
  await scene.close();
  await services.stop();
  return rows;
}
