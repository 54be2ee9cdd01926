import { askOnce } from './harness/requests.ts';
import { alternate, median, type Row, rowOf } from './harness/results.ts';
import { createScene, type Room } from './harness/scene.ts';
import { startServer } from './harness/server.ts';
import { startServices } from './harness/services.ts';

/** How much is done. */
export interface HistoryOptions {
  readonly rounds: number;
  /** Pages of a round, of which the median counts. */
  readonly pages: number;
  /** Messages of the long conversation. */
  readonly messages: number;
}

const page = 50;
const few = 10_000;
const query = `query ($id: ID!) { node(id: $id) { ... on Conversation { messages(last: ${page}) { edges { cursor node { id seq rev createdAt sender { id username } content { text } } } } } } }`;

/** The 50 newest messages of a conversation with 10,000,000, against one with 10,000, over HTTP. */
export async function history({ rounds, pages, messages }: HistoryOptions): Promise<Row[]> {
  const services = await startServices('256M');
  const scene = await createScene(services);
  const people = await scene.people(2);
  const [viewer] = people;
  if (!viewer) throw new Error('nobody is there');
  const [long, short] = [await scene.group(people), await scene.group(people)];
  const name = new URL(scene.env.DATABASE_URL ?? '').pathname.slice(1);
  for (const [room, count] of [
    [long, messages],
    [short, few],
  ] as const) {
    // The sequence engine is MariaDB's own. A million at a time, so that no transaction grows too long.
    for (let from = 1; from <= count; from += 1_000_000) {
      const to = Math.min(count, from + 999_999);
      await services.query(`use ${name}; set unique_checks = 0, foreign_key_checks = 0; insert into message (conversation_id, seq, rev, sender_id, kind, text, mentions_everyone, created_at)
        select ${room.id}, seq, seq + 1, ${viewer.id}, 'TEXT', concat('The quick brown fox jumps over the lazy dog ', seq), 0, 1700000000000 + seq from seq_${from}_to_${to}`);
    }
    await services.query(`use ${name}; update log set last_seq = ${count}, last_rev = ${count + 1} where id = ${room.id}`);
  }
  await services.query(`use ${name}; analyze table message`);
  const server = await startServer('src/main.ts', scene.env);
  const measure = async (room: Room, newest: number) => {
    const request = {
      path: '/graphql',
      headers: { authorization: `Bearer ${viewer.token}` },
      body: JSON.stringify({ query, variables: { id: room.globalId } }),
    };
    const times: number[] = [];
    for (let index = 0; index < pages; index += 1) {
      const start = performance.now();
      const { body } = await askOnce(server.port, request);
      times.push(performance.now() - start);
      const seqs = [...body.matchAll(/"seq":(\d+)/g)].map((match) => Number(match[1]));
      if (seqs.length !== page || seqs.at(-1) !== newest) throw new Error(body.slice(0, 300));
    }
    return median(times);
  };
  const found = await alternate(
    rounds,
    () => measure(long, messages),
    () => measure(short, few),
  );
  await server.stop();
  await scene.close();
  await services.stop();
  const what = `the ${page} newest messages of a conversation with ${messages.toLocaleString('en')}`;
  return [rowOf({ what, against: `of one with ${few.toLocaleString('en')}`, unit: 'ms', goal: 1.2, better: 'lower' }, found)];
}
