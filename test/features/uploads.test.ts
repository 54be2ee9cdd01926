import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import type { FileFacts, LookJob } from '../../src/platform/file-look.ts';
import { CancelUploadDocument, CreateUploadDocument, ServerInfoDocument, UpdateUserDocument, UploadsDocument } from '../generated/graphql.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { type Answer, codesOf, present } from '../support/client.ts';
import { createFakeLooker, type Found, pictureFacts, plainFacts } from '../support/fake-looker.ts';
import { patchHeaders } from '../support/files.ts';
import { openTables } from '../support/groups.ts';
import { globalId, keyIn } from '../support/hidden-things.ts';
import { adminEnv, loginAdmin, loginAgain, type Person, registerUser, registerVisitor } from '../support/people.ts';
import { createQueue } from '../support/queue.ts';
import { type Announced, addressOf, announce, listen, pixel, readUpload, sendBytes, upload } from '../support/uploads.ts';

let app: TestApp;
/** What a look finds that is not of the usual kind, by the bytes of the file. */
const finds = new Map<string, (job: LookJob) => Promise<Found>>();
beforeAll(async () => {
  const usual = createFakeLooker();
  const fileLooker = createFakeLooker(async (job) => {
    const find = finds.get(await readFile(job.path, 'utf8'));
    return await (find ? find(job) : usual.look(job));
  });
  app = await startApp({ UPLOADS_OPEN: '3', FILE_BYTES_PER_USER: '1000', FILE_BYTES_PER_VISITOR: '100' }, { fileLooker });
});

const refusal = (answer: Answer<unknown>) =>
  answer.errors.map(({ extensions }) => [extensions?.code, extensions?.field, extensions?.limit].filter(Boolean).join(' ')).join();
const tryToAnnounce = (person: Person, input: Announced = {}) =>
  person.execute(CreateUploadDocument, { input: { clientId: randomUUID(), kind: 'FILE', name: 'a.txt', size: 1, ...input } });

/** Bytes of which the looker finds what it is told to. */
function bytesThat(find: (job: LookJob) => Promise<Found>): Buffer {
  const text = randomUUID();
  finds.set(text, find);
  return Buffer.from(text);
}

describe('an upload', () => {
  it('waits for its bytes, is looked at, and is ready', async () => {
    const person = await registerUser(app);
    const events = await listen(person);
    const clientId = randomUUID();
    const announced = await announce(person, { clientId, size: pixel.length });
    const waiting = { clientId, kind: 'IMAGE', name: 'pixel.png', size: pixel.length, receivedBytes: 0, state: 'WAITING', reason: null, file: null };
    expect(announced).toMatchObject({ ...waiting, uploadUrl: expect.stringMatching(/\/uploads\/[\w-]+\?/) });
    expect(await sendBytes(app, announced, pixel.subarray(0, 10))).toBe(10);
    expect(await readUpload(person, announced.id)).toMatchObject({ ...waiting, receivedBytes: 10 });
    expect(await sendBytes(app, announced, pixel.subarray(10), 10)).toBe(pixel.length);
    const all = { ...waiting, receivedBytes: pixel.length, uploadUrl: null };
    expect(await events.next()).toMatchObject({ ...all, state: expect.stringMatching(/CHECKING|READY/) });
    const now = await events.over(announced.id);
    expect(now).toMatchObject({ ...all, state: 'READY', file: { __typename: 'ImageFile', name: 'pixel.png', mime: 'image/png', size: pixel.length } });
    expect(Date.parse(now.expiresAt)).toBeGreaterThan(Date.now() + 23 * 3_600_000);
  });

  it('gives addresses from which the file and a smaller picture come', async () => {
    const person = await registerUser(app);
    const { file } = await upload(person);
    if (file?.__typename !== 'ImageFile') throw new Error('no picture');
    expect(file).toMatchObject({ width: 3, height: 2, isAnimated: false, placeholder: 'AQID' });
    expect(Date.parse(file.urlExpiresAt) - Date.now()).toBeGreaterThan(3_590_000);
    for (const url of [file.url, present(file.thumbnailUrl)]) {
      const response = await fetch(addressOf(app, url));
      expect([response.status, Buffer.from(await response.arrayBuffer()).equals(pixel)]).toEqual([200, true]);
    }
  });

  it('is told to all devices of its maker and to nobody else, and a device that comes back is told what it has missed', async () => {
    const [person, other] = await Promise.all([registerUser(app), registerUser(app)]);
    const [second, stranger] = [await listen(await loginAgain(person)), await listen(other)];
    const cursor = present((await person.socket().subscribe(UploadsDocument, {}).next()).events.cursor);
    const { id } = await upload(person);
    expect((await second.over(id)).state).toBe('READY');
    const missed = person.socket().subscribe(UploadsDocument, { after: cursor });
    const [first, next, last] = [await missed.next(), await missed.next(), await missed.next()].map(({ events }) => events.__typename);
    expect([first, next, last]).toEqual(['UploadChanged', 'UploadChanged', 'CaughtUp']);
    await upload(other);
    expect(stranger.stream.all().filter(({ data }) => data?.events.__typename === 'UploadChanged').length).toBeGreaterThan(0);
    expect(JSON.stringify(stranger.stream.all())).not.toContain(id);
  });

  it('is seen by its maker only, and by nobody once it was taken back', async () => {
    const [person, other] = await Promise.all([registerUser(app), registerUser(app)]);
    const { id } = await announce(person);
    expect([await readUpload(other, id), (await readUpload(person, id))?.id]).toEqual([null, id]);
    expect(codesOf(await other.execute(CancelUploadDocument, { id }))).toEqual(['NOT_FOUND']);
    expect(await person.ask(CancelUploadDocument, { id })).toEqual({ cancelUpload: true });
    expect(await readUpload(person, id)).toBeNull();
    expect(codesOf(await person.execute(CancelUploadDocument, { id }))).toEqual(['NOT_FOUND']);
  });

  it('that was taken back takes no more bytes, and its file is given to nobody', async () => {
    const person = await registerUser(app);
    const [waiting, ready] = [await announce(person), await upload(person)];
    for (const { id } of [waiting, ready]) await person.ask(CancelUploadDocument, { id });
    await expect(sendBytes(app, waiting, pixel)).rejects.toThrow('404');
    expect((await fetch(addressOf(app, present(ready.file).url))).status).toBe(404);
  });

  it('of a visitor is as good as that of a user', async () => {
    expect((await upload(await registerVisitor(app))).state).toBe('READY');
  });
});

describe('the same clientId', () => {
  it('gives the same upload back, in either case, from any device and in whatever state it is', async () => {
    const person = await registerUser(app);
    const clientId = randomUUID();
    const { id } = await announce(person, { clientId });
    expect((await announce(await loginAgain(person), { clientId: clientId.toUpperCase() })).id).toBe(id);
    const events = await listen(person);
    await sendBytes(app, await announce(person, { clientId }), pixel);
    await events.over(id);
    expect(await announce(person, { clientId })).toMatchObject({ id, state: 'READY' });
  });

  it('knows every duration again, however many digits it has', async () => {
    const person = await registerUser(app);
    for (const duration of [0.1 + 0.2, 6.123456789012345, 1 / 3, -0, 5e-324, 86_399.999_999_999_99]) {
      const given = { clientId: randomUUID(), kind: 'AUDIO', name: 'a.ogg', size: 5, duration } as const;
      const { id } = await announce(person, given);
      expect((await announce(person, given)).id, String(duration)).toBe(id);
      await person.ask(CancelUploadDocument, { id });
    }
  });

  it('with anything else is CONFLICT, and so it is for what was taken back', async () => {
    const person = await registerUser(app);
    const clientId = randomUUID();
    const given = { clientId, kind: 'AUDIO', name: 'a.ogg', size: 5, duration: 1.5 } as const;
    const { id } = await announce(person, given);
    const others = [{ kind: 'FILE', duration: null }, { name: 'b.ogg' }, { size: 6 }, { duration: 1.25 }, { duration: null }] as const;
    for (const other of others) expect(refusal(await tryToAnnounce(person, { ...given, ...other })), JSON.stringify(other)).toBe('CONFLICT clientId');
    expect((await announce(person, given)).id).toBe(id);
    await person.ask(CancelUploadDocument, { id });
    expect(refusal(await tryToAnnounce(person, given))).toBe('CONFLICT clientId');
  });

  it('of different people has nothing to do with each other', async () => {
    const [one, other] = await Promise.all([registerUser(app), registerUser(app)]);
    const clientId = randomUUID();
    expect((await announce(one, { clientId })).id).not.toBe((await announce(other, { clientId })).id);
  });

  it('makes one upload where all devices ask at the same moment', async () => {
    const person = await registerUser(app);
    const clientId = randomUUID();
    const made = await Promise.all(Array.from({ length: 10 }, () => announce(person, { clientId })));
    expect(new Set(made.map(({ id }) => id)).size).toBe(1);
  });
});

describe('whoever is disabled', () => {
  it('sends no bytes, takes nothing back and is told nothing, until the account is enabled again', async () => {
    const strict = await startApp(adminEnv, { fileLooker: createFakeLooker() });
    const admin = await loginAdmin(strict);
    const person = await registerUser(strict);
    const announced = await announce(person);
    const url = addressOf(strict, present(announced.uploadUrl));
    const ask = async (method: string) =>
      (await fetch(url, { method, headers: patchHeaders(0), ...(method === 'PATCH' ? { body: new Uint8Array(pixel) } : {}) })).status;
    await admin.ask(UpdateUserDocument, { userId: person.user.id, enabled: false });
    expect([await ask('HEAD'), await ask('PATCH'), await ask('DELETE')]).toEqual([404, 404, 404]);
    await admin.ask(UpdateUserDocument, { userId: person.user.id, enabled: true });
    expect([await ask('HEAD'), await ask('PATCH')]).toEqual([200, 204]);
  });
});

describe('room', () => {
  it('is counted as announced, and given back by what is taken back', async () => {
    const person = await registerUser(app);
    const { id } = await announce(person, { kind: 'FILE', size: 600 });
    expect(refusal(await tryToAnnounce(person, { size: 401 }))).toBe('QUOTA_EXCEEDED');
    await announce(person, { kind: 'FILE', size: 400 });
    await person.ask(CancelUploadDocument, { id });
    await announce(person, { kind: 'FILE', size: 600 });
  });

  it('is not given back without end while what was taken back is still stored', async () => {
    const person = await registerUser(app);
    for (let round = 0; round < 2; round += 1) {
      const { id } = await announce(person, { kind: 'FILE', size: 1000 });
      await person.ask(CancelUploadDocument, { id });
    }
    expect(refusal(await tryToAnnounce(person, { kind: 'FILE', size: 1000 }))).toBe('QUOTA_EXCEEDED');
    const tables = await openTables(app);
    await tables.transaction(({ db }) => db.deleteFrom('File').where('state', '=', 'GONE').execute());
    await announce(person, { kind: 'FILE', size: 1000 });
  });

  it('is less for visitors', async () => {
    const visitor = await registerVisitor(app);
    expect(refusal(await tryToAnnounce(visitor, { size: 101 }))).toBe('QUOTA_EXCEEDED');
    await announce(visitor, { kind: 'FILE', size: 100 });
  });

  it('is taken by one only where many want the last of it at the same moment', async () => {
    const person = await registerUser(app);
    const answers = await Promise.all(Array.from({ length: 10 }, () => tryToAnnounce(person, { size: 501 })));
    expect(answers.map(refusal).toSorted()).toEqual(['', ...Array.from({ length: 9 }, () => 'QUOTA_EXCEEDED')]);
  });

  it('is there for so many uploads at once, until one of them is over', async () => {
    const person = await registerUser(app);
    const answers = await Promise.all(Array.from({ length: 6 }, () => tryToAnnounce(person)));
    expect(answers.map(refusal).toSorted()).toEqual(['', '', '', 'QUOTA_EXCEEDED', 'QUOTA_EXCEEDED', 'QUOTA_EXCEEDED']);
    const [one] = answers.flatMap(({ data }) => data?.createUpload ?? []);
    const events = await listen(person);
    await sendBytes(app, present(one), Buffer.from('x'));
    expect((await events.over(present(one).id)).state).toBe('READY');
    expect(refusal(await tryToAnnounce(person))).toBe('');
  });

  it('of a file has an end that the refusal says', async () => {
    const small = await startApp({ FILE_IMAGE_BYTES: '10', FILE_AUDIO_BYTES: '11', FILE_VIDEO_BYTES: '12', FILE_OTHER_BYTES: '13' });
    const somebody = await registerUser(small);
    for (const [kind, most] of [
      ['IMAGE', 10],
      ['AVATAR', 10],
      ['AUDIO', 11],
      ['VIDEO', 12],
      ['FILE', 13],
    ] as const) {
      expect(refusal(await tryToAnnounce(somebody, { kind, size: most + 1 }))).toBe(`FILE_TOO_LARGE size ${most}`);
      expect(refusal(await tryToAnnounce(somebody, { kind, size: most }))).toBe('');
    }
  });
});

describe('a name', () => {
  it.each([
    ['as it is', '报告 (2) – résumé.tar.gz', '报告 (2) – résumé.tar.gz'],
    ['with folders of Unix', '../../etc/passwd', 'passwd'],
    ['with folders of Windows', 'C:\\Users\\ann\\photo.jpg', 'photo.jpg'],
    ['with both', '..\\a/b\\c.txt', 'c.txt'],
    ['that is turned around', 'gpj.\u202eexe', 'gpj.exe'],
    ['with all that turns text', '\u2066a\u200e\u200f\u061c\u2069.txt', 'a.txt'],
    ['with line breaks and tabs', 'a\r\nContent-Type: b\t.txt', 'aContent-Type: b.txt'],
    ['with a bell and an escape', 'a\u0007\u001b[31m.txt', 'a[31m.txt'],
    ['with a line separator', 'a\u2028b.txt', 'ab.txt'],
    ['with dots behind it', 'a.txt. . .', 'a.txt'],
    ['with a dot before it', '.profile', '.profile'],
    ['of a device', 'CON', '_CON'],
    ['of a device with an end', 'nul.txt', '_nul.txt'],
    ['of a device with blanks', 'Com1 .tar.gz', '_Com1 .tar.gz'],
    ['that only begins like a device', 'console.log', 'console.log'],
    ['of 255 characters', `${'😀'.repeat(251)}.png`, `${'😀'.repeat(251)}.png`],
  ])('%s', async (_what, given, kept) => {
    expect((await announce(await registerUser(app), { name: given })).name).toBe(kept);
  });
});

describe('a look', () => {
  it.each(['FILE_TYPE', 'FILE_TOO_LARGE'] as const)('that refuses with %s says so to the maker', async (reason) => {
    const person = await registerUser(app);
    const over = await upload(
      person,
      {},
      bytesThat(async () => ({ refusal: reason })),
    );
    expect(over).toMatchObject({ state: 'REFUSED', reason, file: null, uploadUrl: null });
    // It counts for nothing any more.
    expect(refusal(await tryToAnnounce(person, { size: 1000 }))).toBe('');
  });

  const facts: Partial<FileFacts> = { mime: 'audio/ogg', duration: 7.25, peaks: Array.from({ length: 64 }, (_, index) => index) };
  it('of a sound tells how long it is and its waveform; else what its maker said', async () => {
    const person = await registerUser(app);
    const measured = await upload(
      person,
      { kind: 'AUDIO', name: 'a.ogg', duration: 3 },
      bytesThat((job) => plainFacts(job, facts)),
    );
    expect(measured.file).toMatchObject({ __typename: 'AudioFile', mime: 'audio/ogg', duration: 7.25, peaks: facts.peaks });
    const said = await upload(
      person,
      { kind: 'AUDIO', name: 'a.ogg', duration: 3.5 },
      bytesThat((job) => plainFacts(job, { mime: 'audio/ogg' })),
    );
    expect(said.file).toMatchObject({ __typename: 'AudioFile', duration: 3.5, peaks: null });
  });

  it('of a film takes the cover that its maker gave it where it can make none', async () => {
    const person = await registerUser(app);
    const cover = await upload(person);
    const film = await upload(
      person,
      { kind: 'VIDEO', name: 'a.mp4', coverId: cover.id },
      bytesThat((job) => plainFacts(job, { mime: 'video/mp4', duration: 1 })),
    );
    if (film.file?.__typename !== 'VideoFile') throw new Error('no film');
    expect(film.file).toMatchObject({ mime: 'video/mp4', width: null, height: null, duration: 1, placeholder: 'AQID' });
    const response = await fetch(addressOf(app, present(film.file.thumbnailUrl)));
    expect([response.status, Buffer.from(await response.arrayBuffer()).equals(pixel)]).toEqual([200, true]);
    // The cover may go: the film has a copy.
    await person.ask(CancelUploadDocument, { id: cover.id });
    expect((await fetch(addressOf(app, present(film.file.thumbnailUrl)))).status).toBe(200);
    const own = await upload(
      person,
      { kind: 'VIDEO', name: 'a.mp4' },
      bytesThat(async (job) => ({ ...(await pictureFacts(job)), mime: 'video/mp4', made: null })),
    );
    expect(own.file).toMatchObject({ __typename: 'VideoFile', width: 3, height: 2, thumbnailUrl: expect.any(String) });
    const bare = await upload(
      person,
      { kind: 'VIDEO', name: 'a.mp4' },
      bytesThat((job) => plainFacts(job, { mime: 'video/mp4' })),
    );
    expect(bare.file).toMatchObject({ __typename: 'VideoFile', thumbnailUrl: null, placeholder: null });
  });

  it('takes no cover that is not the maker’s own picture and ready', async () => {
    const [person, other] = await Promise.all([registerUser(app), registerUser(app)]);
    const [foreign, waiting, file] = [await upload(other), await announce(person), await upload(person, { kind: 'FILE' })];
    const film = (coverId: string) => tryToAnnounce(person, { kind: 'VIDEO', coverId });
    expect(refusal(await film(foreign.id))).toBe('NOT_FOUND coverId');
    expect(refusal(await film(file.id))).toBe('NOT_FOUND coverId');
    expect(refusal(await film(waiting.id))).toBe('FILE_NOT_READY coverId');
  });

  it('of any other file gives what is downloaded under its name', async () => {
    const { file } = await upload(await registerUser(app), { kind: 'FILE', name: '报告.pdf' }, Buffer.from('%PDF-'));
    expect(file).toMatchObject({ __typename: 'OtherFile', name: '报告.pdf', mime: 'application/octet-stream', size: 5 });
    const response = await fetch(addressOf(app, present(file).url));
    expect(response.headers.get('content-disposition')).toContain(`filename*=UTF-8''${encodeURIComponent('报告.pdf')}`);
  });

  it('that was begun and is of no use any more changes nothing', async () => {
    const person = await registerUser(app);
    const begun = createQueue<string>('looks');
    const gate = Promise.withResolvers<void>();
    const bytes = bytesThat(async (job) => {
      begun.push(job.path);
      await gate.promise;
      return await plainFacts(job);
    });
    const { id, uploadUrl } = await announce(person, { kind: 'FILE', size: bytes.length });
    await sendBytes(app, { uploadUrl }, bytes);
    await begun.next('the look');
    expect(await person.ask(CancelUploadDocument, { id })).toEqual({ cancelUpload: true });
    gate.resolve();
    // The next one is looked at after it.
    expect((await upload(person)).state).toBe('READY');
    expect(await readUpload(person, id)).toBeNull();
  });
});

it('a file is no node: its id only says where it is the same', async () => {
  const person = await registerUser(app);
  const { id, file } = await upload(person);
  expect(present(file).id).toBe(globalId('File', keyIn(id)));
  expect(await readUpload(person, present(file).id)).toBeNull();
});

it('what one may upload how often has an end', async () => {
  const strict = await startApp({ RATE_LIMITS: 'on', RATES: 'upload=2/h,uploadOfVisitor=1/h' });
  const [user, visitor] = [await registerUser(strict), await registerVisitor(strict)];
  const codes = async (person: Person, times: number) => {
    const all: string[] = [];
    for (let time = 0; time < times; time += 1) all.push(refusal(await tryToAnnounce(person)));
    return all;
  };
  expect([await codes(user, 3), await codes(visitor, 2)]).toEqual([
    ['', '', 'RATE_LIMITED'],
    ['', 'RATE_LIMITED'],
  ]);
});

it('serverInfo says what a server can measure, and that there are uploads', async () => {
  const all = await startApp({}, { fileLooker: { ...createFakeLooker(), tools: { ffmpeg: true, ffprobe: true } } });
  const featuresOf = async (of: TestApp) => (await of.ask(ServerInfoDocument, {})).serverInfo.features;
  expect(await featuresOf(all)).toEqual(expect.arrayContaining(['ffmpeg', 'ffprobe', 'uploads']));
  expect(await featuresOf(app)).not.toEqual(expect.arrayContaining(['ffmpeg']));
});
