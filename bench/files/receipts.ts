import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { untilAllHear } from '../fanout.ts';
import { keepProfile } from '../harness/profile.ts';
import { alternate, percentile, type Row, rowOf } from '../harness/results.ts';
import { createSender, enter, messageFrame, subscribe } from '../harness/room.ts';
import { createScene } from '../harness/scene.ts';
import { startServer } from '../harness/server.ts';
import { announce } from '../harness/upload.ts';
import { startUploader } from './start-uploader.ts';
import { untilLookedAt } from './together.ts';

/** What comes while messages are received. */
export interface ReceiptsOptions {
  readonly rounds: number;
  readonly subscribers: number;
  /** Bytes of each upload. */
  readonly bytes: number;
  /** How long messages are sent in a round, in milliseconds. */
  readonly ms: number;
  /** Where to write what the server did while uploads came, if anywhere. */
  readonly profile?: string;
}

/** A message goes to all of them so often: under half of what the server can do. */
const everyMs = 50;

/** How long late ones are waited for. */
const patienceMs = 30_000;

/** The 99th percentile of the time from sending a message until a socket has it, while large uploads come one after the other, and without them. */
export async function receipts({ rounds, subscribers, bytes, ms, profile }: ReceiptsOptions): Promise<Row[]> {
  const scene = await createScene();
  const [writer, ...people] = await scene.people(subscribers + 1);
  if (!writer) throw new Error('nobody writes');
  const room = await scene.group([writer, ...people]);
  const server = await startServer('src/main.ts', { ...scene.env, FILE_OTHER_BYTES: `${bytes}` });
  const readers = await subscribe(server.port, people, 'events', room);
  const first = await createSender(server.port, writer, room);
  await untilAllHear(readers, () => first.send());
  first.close();
  const socket = await enter(server.port, writer);
  const uploader = startUploader();
  let uploads = 0;

  const uploadUntil = async (end: number) => {
    while (performance.now() < end) {
      // By turns, so that nobody's quota is used up.
      const person = people[uploads++ % people.length];
      if (person) await uploader.send({ port: server.port, path: await announce(server.port, person, bytes), bytes });
    }
  };

  const round = async (isUploading: boolean): Promise<number> => {
    const sent: number[] = [];
    const times: number[] = [];
    const all = Promise.withResolvers<void>();
    const count = Math.ceil(ms / everyMs);
    socket.listen((frame) => (/"errors"|"type":"error"/.test(frame) ? all.reject(new Error(frame)) : undefined));
    for (const reader of readers)
      reader.listen((frame) => {
        const at = sent[Number(/"text":"k-(\d+)"/.exec(frame)?.[1] ?? -1)];
        if (at === undefined) return;
        times.push(performance.now() - at);
        if (times.length === count * readers.length) all.resolve();
      });
    const start = performance.now();
    const uploading = isUploading ? uploadUntil(start + ms) : Promise.resolve();
    const sending = async () => {
      while (sent.length < count) {
        await sleep(Math.max(0, start + sent.length * everyMs - performance.now()));
        const frame = messageFrame(`${sent.length}`, room, `k-${sent.length}`);
        sent.push(performance.now());
        socket.send(frame);
      }
    };
    const late = setTimeout(() => all.reject(new Error(`${count * readers.length - times.length} receipts did not come`)), ms + patienceMs);
    await Promise.all([sending(), all.promise, uploading]);
    clearTimeout(late);
    for (const reader of readers) reader.listen(null);
    await untilLookedAt(scene);
    // What has come goes again, so that the disk never holds more than a round of it.
    rmSync(join(scene.env.DATA_DIR ?? '', 'files', 'uploads'), { recursive: true, force: true });
    return percentile(times, 0.99);
  };

  const found = await alternate(
    rounds,
    () => round(true),
    () => round(false),
  );
  if (profile !== undefined) await keepProfile(server, `${profile}-files`, () => round(true));
  uploader.close();
  for (const each of [...readers, socket]) each.close();
  await server.stop();
  await scene.close();
  console.log(`${uploads} uploads of ${bytes / 1e6} MB came in ${rounds + 1} rounds of ${ms / 1000} s or a little more`);
  const what = `99th percentile of the receipts of ${subscribers.toLocaleString('en')} sockets while uploads of ${bytes / 1e6} MB come`;
  return [rowOf({ what, against: 'the same without uploads', unit: 'ms', goal: 2, better: 'lower' }, found)];
}
