import { closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { closeLater } from '../support/lifetime.ts';
import { fixture, startLooker } from '../support/looking.ts';
import { emptyFolder } from '../support/operator.ts';
import { startProgram } from '../support/program.ts';

const harmful = new URL('../support/look.process.ts', import.meta.url);
const photo = fixture('photo.jpg');
const told = z.object({ pid: z.number(), environment: z.array(z.string()), files: z.array(z.string()), priority: z.number() });

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** A place for a file whose name makes the process do something. */
function placeOf(name: string) {
  const place = emptyFolder();
  const [path, folder] = [join(place, name), join(place, 'made')];
  writeFileSync(path, 'x');
  mkdirSync(folder);
  return {
    job: { path, folder, kind: 'IMAGE' as const },
    read: (part: string) => readFileSync(join(folder, part), 'utf8'),
    has: (part: string) => existsSync(join(folder, part)),
  };
}

describe('the processes that look at files', () => {
  it.each(['die', 'crash', 'lie'])('refuse the one at which they %s, and the next look works', async (harm) => {
    const { look, said } = await startLooker({ looks: harmful });
    expect((await look('IMAGE', 'x', harm)).refusal).toBe('FILE_TYPE');
    expect(said()).toContain('came to no end');
    expect((await look('IMAGE', photo)).facts?.mime).toBe('image/jpeg');
  });

  it('that are killed in the middle refuse the file, and the next look works', async () => {
    const { look, looker } = await startLooker({ looks: harmful, atOnce: 1 });
    const { job, read, has } = placeOf('hang');
    const looking = looker.look(job);
    await expect.poll(() => has('pid') && read('pid') !== '', { timeout: 20_000 }).toBe(true);
    process.kill(Number(read('pid')), 'SIGKILL');
    expect(await looking).toEqual({ refusal: 'FILE_TYPE' });
    expect((await look('IMAGE', photo)).facts?.mime).toBe('image/jpeg');
  });

  it('that take too long are killed and refuse the file', async () => {
    const { look, looker, said } = await startLooker({ looks: harmful, ms: 700 });
    const { job, read } = placeOf('hang');
    const began = performance.now();
    expect(await looker.look(job)).toEqual({ refusal: 'FILE_TYPE' });
    expect(performance.now() - began).toBeLessThan(10_000);
    expect(isAlive(Number(read('pid')))).toBe(false);
    expect(said()).toContain('nothing came in 700 ms');
    expect((await look('IMAGE', photo)).facts?.mime).toBe('image/jpeg');
  });

  it.each(['eat', 'eatSlowly'])('that take too much of the memory end (%s), and this one does not', async (harm) => {
    const { look } = await startLooker({ looks: harmful, memoryBytes: 300 * 1024 * 1024 });
    const began = performance.now();
    expect((await look('IMAGE', 'x', harm)).refusal).toBe('FILE_TYPE');
    expect(performance.now() - began).toBeLessThan(15_000);
    expect((await look('IMAGE', photo)).facts?.mime).toBe('image/jpeg');
  });

  it('are so many as look at once, and are kept for the next', async () => {
    const { looker } = await startLooker({ looks: harmful, atOnce: 2 });
    const places = Array.from({ length: 7 }, () => placeOf('tell'));
    const looks = places.map(({ job }) => looker.look(job));
    await expect.poll(() => looker.waiting()).toBe(5);
    await Promise.all(looks);
    expect(looker.waiting()).toBe(0);
    expect(new Set(places.map(({ read }) => told.parse(JSON.parse(read('told'))).pid)).size).toBe(2);
  });

  it('have no environment of this server, none of its files, and come after it', async () => {
    process.env.PARLEY_LOOK_SECRET = 'secret';
    closeLater(() => delete process.env.PARLEY_LOOK_SECRET);
    const open = openSync(join(emptyFolder(), 'secret'), 'w');
    closeLater(() => closeSync(open));
    const { looker } = await startLooker({ looks: harmful });
    const { job, read } = placeOf('tell');
    await looker.look(job);
    const { environment, files, priority } = told.parse(JSON.parse(read('told')));
    expect(environment.map((line) => line.replace(/=.*/, '')).toSorted()).toEqual([
      'MALLOC_ARENA_MAX',
      'NODE_CHANNEL_FD',
      'NODE_CHANNEL_SERIALIZATION_MODE',
      'VIPS_DISC_THRESHOLD',
    ]);
    // Standard error and the channel; the rest Node opens for itself.
    expect(files.filter((file) => file.startsWith('socket:')).length).toBe(2);
    expect(files.filter((file) => !/^(socket|pipe|anon_inode):|^\/dev\/null$|^\/proc\//.test(file))).toEqual([]);
    expect(priority).toBeGreaterThanOrEqual(10);
  });

  it('end with what has started them, and nothing is said of the files that they looked at or that waited', async () => {
    const { looker } = await startLooker({ looks: harmful, atOnce: 1 });
    const { job, read, has } = placeOf('hang');
    const looking = [looker.look(job), looker.look(placeOf('tell').job)];
    await expect.poll(() => has('pid') && read('pid') !== '', { timeout: 20_000 }).toBe(true);
    const outcomes = Promise.allSettled(looking);
    await looker.stop();
    expect(isAlive(Number(read('pid')))).toBe(false);
    expect((await outcomes).map((outcome) => outcome.status === 'rejected' && outcome.reason.code)).toEqual(['UNAVAILABLE', 'UNAVAILABLE']);
    await expect(looker.look(job)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });

  it('end when what has started them is killed', async () => {
    const { job, read, has } = placeOf('tell');
    const looker = new URL('../../src/platform/file-look.ts', import.meta.url);
    const lines = [
      `import { createFileLooker } from '${looker}';`,
      `const logger = { info() {}, warn() {} };`,
      `const { look } = await createFileLooker({ logger, looks: new URL('${harmful}') });`,
      `await look(${JSON.stringify(job)});`,
      `console.log('looked');`,
    ];
    const { child, said } = startProgram(process.execPath, ['--input-type=module', '--eval', lines.join('\n')]);
    await expect.poll(said, { timeout: 20_000 }).toContain('looked');
    expect(has('told')).toBe(true);
    const { pid } = told.parse(JSON.parse(read('told')));
    process.kill(pid, 0);
    child.kill('SIGKILL');
    await expect.poll(() => isAlive(pid), { timeout: 20_000 }).toBe(false);
  });

  it('blame the machine, and no file, where they cannot begin, read or write', async () => {
    const broken = await startLooker({ looks: new URL('../support/no-such.process.ts', import.meta.url) });
    await expect(broken.look('IMAGE', photo)).rejects.toMatchObject({ code: 'UNAVAILABLE', cause: { message: expect.stringContaining('does not start') } });
    const { looker } = await startLooker();
    const { job } = placeOf('none');
    await expect(looker.look({ ...job, path: `${job.path}-gone` })).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    writeFileSync(job.path, photo);
    await expect(looker.look({ ...job, folder: `${job.folder}-gone` })).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(await looker.look(job)).toMatchObject({ mime: 'image/jpeg' });
  });
});
