import { readdirSync, readFileSync } from 'node:fs';
import { type Reader, tally } from './harness/reader.ts';
import { alternate, type Row, rowOf } from './harness/results.ts';
import { createSender, type Sender, subscribe } from './harness/room.ts';
import { createScene } from './harness/scene.ts';
import { startServer } from './harness/server.ts';
import { startServices } from './harness/services.ts';

/** How much is done in a round. */
export interface CoresOptions {
  readonly rounds: number;
  /** Messages of a round, for each sender. */
  readonly messages: number;
  /** How many workers are tried against one process. */
  readonly workers: readonly number[];
}

const rooms = 8;
/** Of each room. */
const writers = 4;
const readers = 16;

/**
 * What one message costs, sent and given to 16 people, on MariaDB and Redis: CPU of all processes of the server, with several workers against one
 * process. All share the one core that a server has here, so it says what working together costs, and not how quick many cores are.
 */
export async function cores({ rounds, messages, workers }: CoresOptions): Promise<Row[]> {
  const services = await startServices();
  const scene = await createScene(services);
  const rows: Row[] = [];
  const alone = await open(1);
  for (const count of workers) {
    const together = await open(count);
    const found = await alternate(
      rounds,
      () => together.round(),
      () => alone.round(),
    );
    const what = `CPU of a message, sent and given to ${readers} people, with ${count} workers`;
    rows.push(rowOf({ what, against: 'one process', unit: 'ms', goal: null, better: 'lower' }, found));
    await together.close();
  }
  await alone.close();
  await scene.close();
  await services.stop();
  return rows;

  /** A server with people who are spread over its workers. */
  async function open(count: number) {
    const server = await startServer('src/main.ts', { ...scene.env, WORKERS: `${count}` });
    const listening: Reader[] = [];
    const sending: Sender[] = [];
    for (let number = 0; number < rooms; number += 1) {
      const people = await scene.people(writers + readers);
      const room = await scene.group(people);
      listening.push(...(await subscribe(server.port, people.slice(writers), 'events', room)));
      for (const guest of people.slice(0, writers)) sending.push(await createSender(server.port, guest, room));
    }
    const cpuMs = () => [server.pid, ...childrenOf(server.pid)].reduce((sum, pid) => sum + cpuMsOf(pid), 0);
    return {
      async round() {
        const before = tally.frames;
        const cpu = cpuMs();
        await Promise.all(
          sending.map(async (sender) => {
            for (let sent = 0; sent < messages; sent += 1) await sender.send();
          }),
        );
        const sent = sending.length * messages;
        await tally.reach(before + sent * readers);
        return (cpuMs() - cpu) / sent;
      },
      async close() {
        for (const socket of [...listening, ...sending]) socket.close();
        await server.stop();
      },
    };
  }
}

/** The processes that another one has started. */
function childrenOf(pid: number): number[] {
  return readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8')
      .split(' ')
      .filter((text) => text !== '')
      .map(Number),
  );
}

/** What a process has used, in the kernel too: https://docs.kernel.org/filesystems/proc.html; a tick is 10 ms. */
function cpuMsOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}
