import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { present } from '../support/client.ts';
import { fixture, startLooker } from '../support/looking.ts';
import { missingPrograms } from '../support/missing-programs.ts';

const { look, looker } = await startLooker();
const lacksFfmpeg = missingPrograms().includes('ffmpeg');

/** The colours of the four corners, each as `red`, `green`, `blue` or `white`, in the order of reading. */
async function cornersOf(picture: Buffer): Promise<string[]> {
  const { data, info } = await sharp(picture).removeAlpha().toColourspace('srgb').raw().toBuffer({ resolveWithObject: true });
  const inset = 4;
  const places = [inset, info.height - inset].flatMap((y) => [inset, info.width - inset].map((x) => (y * info.width + x) * info.channels));
  const names: Readonly<Record<string, string>> = { '100': 'red', '010': 'green', '001': 'blue', '111': 'white' };
  return places.map((place) => {
    const part = [...data.subarray(place, place + 3)];
    const bits = part.map((value) => (value > Math.max(...part) * 0.8 ? 1 : 0)).join('');
    return names[bits] ?? bits;
  });
}

describe('a picture', () => {
  it('is turned upright, and its place, its camera and every remark are removed', async () => {
    const camera = fixture('photo.jpg');
    expect(String(camera)).toContain('Somebody and their camera');
    expect((await sharp(camera).metadata()).orientation).toBe(6);
    const { facts, made, thumbnail } = await look('IMAGE', camera);
    expect(facts).toMatchObject({ mime: 'image/jpeg', width: 80, height: 120, isAnimated: false, duration: null, peaks: null, bytes: made?.length });
    const { format, exif, xmp, iptc, icc, orientation, comments } = await sharp(present(made)).metadata();
    expect({ format, exif, xmp, iptc, icc, orientation, comments }).toEqual({ format: 'jpeg' });
    expect(await cornersOf(camera)).toEqual(['red', 'green', 'blue', 'white']);
    expect(await cornersOf(present(made))).toEqual(['blue', 'red', 'white', 'green']);
    expect(await cornersOf(present(thumbnail))).toEqual(['blue', 'red', 'white', 'green']);
  });

  it.each([
    ['cmyk.jpg', 'image/jpeg', 'jpeg'],
    ['sixteen-bits.png', 'image/png', 'png'],
    ['palette.png', 'image/png', 'png'],
    ['still.webp', 'image/webp', 'webp'],
    ['still.avif', 'image/webp', 'webp'],
  ])('%s is delivered as %s, in sRGB, with its colours', async (name, mime, format) => {
    const { facts, made, thumbnail } = await look('IMAGE', fixture(name));
    expect(facts).toMatchObject({ mime, width: 120, height: 80, isAnimated: false });
    const found = await sharp(present(made)).metadata();
    expect(found).toMatchObject({ format, space: 'srgb', depth: 'uchar' });
    expect(found.icc).toBeUndefined();
    expect(await cornersOf(present(made))).toEqual(['red', 'green', 'blue', 'white']);
    expect(await cornersOf(present(thumbnail))).toEqual(['red', 'green', 'blue', 'white']);
  });

  it('of four colours of print is one', async () => {
    expect((await sharp(fixture('cmyk.jpg')).metadata()).space).toBe('cmyk');
    expect((await sharp(fixture('sixteen-bits.png')).metadata()).depth).toBe('ushort');
  });

  it('keeps what of it nobody sees through, and its shape as the placeholder', async () => {
    const hole = await sharp({ create: { width: 60, height: 40, channels: 4, background: { r: 255, g: 0, b: 0, alpha: 0 } } })
      .png()
      .toBuffer();
    const { facts, made } = await look('IMAGE', hole);
    expect((await sharp(present(made)).stats()).isOpaque).toBe(false);
    expect(Buffer.from(facts?.placeholder ?? '', 'base64').length).toBeGreaterThan(4);
  });

  it.each([
    ['moving.gif', 'image/gif', 'gif'],
    ['moving.webp', 'image/webp', 'webp'],
  ])('%s keeps moving', async (name, mime, format) => {
    const { facts, made, thumbnail } = await look('IMAGE', fixture(name));
    expect(facts).toMatchObject({ mime, width: 120, height: 80, isAnimated: true });
    expect(await sharp(present(made)).metadata()).toMatchObject({ format, pages: 3, delay: [100, 200, 300], loop: 2 });
    // What shows it in small stands still.
    expect((await sharp(present(thumbnail)).metadata()).pages ?? 1).toBe(1);
  });

  it('has a thumbnail of at most 480 pixels, and an avatar a square one of 256', async () => {
    const large = await sharp({ create: { width: 1000, height: 600, channels: 3, background: 'red' } })
      .jpeg()
      .toBuffer();
    const image = await look('IMAGE', large);
    expect(await sharp(present(image.thumbnail)).metadata()).toMatchObject({ format: 'webp', width: 480, height: 288 });
    expect(await sharp(present(image.made)).metadata()).toMatchObject({ width: 1000, height: 600 });
    for (const bytes of [large, fixture('moving.gif')]) {
      const avatar = await look('AVATAR', bytes);
      expect(await sharp(present(avatar.thumbnail)).metadata()).toMatchObject({ format: 'webp', width: 256, height: 256 });
    }
  });
});

describe('a file', () => {
  it.each([
    ['image/jpeg', fixture('photo.jpg')],
    ['video/mp4', fixture('film.mp4')],
    ['application/pdf', '%PDF-1.7\n'],
    ['application/xml', '<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>'],
    ['text/plain', '<!doctype html><script>alert(1)</script>'],
    ['text/plain', '你好 — a letter\n'],
    ['text/plain', '好'.repeat(40_000)],
    ['application/octet-stream', Buffer.from([0x68, 0x69, 0])],
    ['application/octet-stream', Buffer.from([0xe4, 0xbd])],
    ['application/octet-stream', ''],
  ])('is %s by its bytes, and delivered as it is', async (mime, bytes) => {
    const { facts, made } = await look('FILE', bytes, 'picture.png');
    const nothing = { width: null, height: null, isAnimated: false, duration: null, peaks: null, placeholder: null, made: null, thumbnail: null };
    expect(facts).toEqual({ ...nothing, mime, bytes: Buffer.byteLength(bytes) });
    expect(made).toBeNull();
  });
});

const sounds = [
  ['voice.mp3', 'audio/mpeg'],
  ['voice.m4a', 'audio/mp4'],
  ['voice.mp4', 'audio/mp4'],
  ['voice.ogg', 'audio/ogg'],
  ['voice.webm', 'audio/webm'],
  ['voice.wav', 'audio/wav'],
  ['voice.flac', 'audio/flac'],
] as const;

const films = [
  ['film.mp4', 'video/mp4', { width: 160, height: 96 }],
  ['film.webm', 'video/webm', { width: 160, height: 96 }],
  ['film.mov', 'video/quicktime', { width: 160, height: 96 }],
  ['film.ogv', 'video/ogg', { width: 160, height: 96 }],
  ['turned.mp4', 'video/mp4', { width: 96, height: 160 }],
  // Without a length of its own, as browsers record.
  ['live.webm', 'video/webm', { width: 160, height: 96 }],
] as const;

describe.skipIf(lacksFfmpeg)('with ffmpeg', () => {
  it('says that it is there', () => {
    expect(looker.tools).toEqual({ ffmpeg: true, ffprobe: true });
  });

  it.each(sounds)('%s is %s, with its length, and shows where it is loud', async (name, mime) => {
    const { facts } = await look('AUDIO', fixture(name));
    expect(facts).toMatchObject({ mime, bytes: fixture(name).length, width: null, made: null, thumbnail: null });
    // Two seconds: the first is half as loud.
    expect(facts?.duration).toBeCloseTo(2, 0);
    const peaks = facts?.peaks ?? [];
    expect(peaks.length).toBe(64);
    expect(Math.max(...peaks)).toBe(100);
    const average = (part: readonly number[]) => part.reduce((sum, peak) => sum + peak, 0) / part.length;
    expect(average(peaks.slice(4, 28))).toBeGreaterThan(35);
    expect(average(peaks.slice(4, 28))).toBeLessThan(65);
    expect(average(peaks.slice(36, 60))).toBeGreaterThan(80);
  });

  it('shows silence as silence', async () => {
    const voice = fixture('voice.wav');
    const { facts } = await look('AUDIO', voice.fill(0, voice.indexOf('data') + 8));
    expect(facts?.peaks).toEqual(Array.from({ length: 64 }, () => 0));
  });

  it.each(films)('%s is %s, with its length, its size as it is shown, and a cover', async (name, mime, size) => {
    const { facts, thumbnail } = await look('VIDEO', fixture(name));
    expect(facts).toMatchObject({ mime, bytes: fixture(name).length, ...size, isAnimated: false, made: null, peaks: null });
    expect(facts?.duration).toBeCloseTo(2, 0);
    expect(await sharp(present(thumbnail)).metadata()).toMatchObject({ format: 'webp', ...size });
    expect(facts?.placeholder).toMatch(/^[\w+/]+=*$/);
  });

  it('refuses a film without pictures and a sound without sound', async () => {
    expect((await look('VIDEO', fixture('voice.mp4'))).refusal).toBe('FILE_TYPE');
    expect((await look('AUDIO', fixture('film.webm'))).refusal).toBe('FILE_TYPE');
  });

  it.each(['film.mp4', 'film.mov', 'film.webm'])('refuses %s where its container is broken', async (name) => {
    const bytes = fixture(name);
    expect((await look('VIDEO', bytes.subarray(0, 200))).refusal).toBe('FILE_TYPE');
  });

  it('refuses an mp4 that ends before it says what it holds', async () => {
    const bytes = fixture('film.mov');
    expect((await look('VIDEO', bytes.subarray(0, bytes.indexOf('moov')))).refusal).toBe('FILE_TYPE');
  });
});

describe('without ffmpeg', async () => {
  const without = await startLooker({ programs: { ffmpeg: 'no-such-program', ffprobe: 'no-such-program' } });

  it('says so', () => {
    expect(without.looker.tools).toEqual({ ffmpeg: false, ffprobe: false });
    expect(without.said()).toContain('"ffmpeg":null');
  });

  it('knows of sound and film what they are, and nothing else', async () => {
    const nothing = { width: null, height: null, isAnimated: false, duration: null, peaks: null, placeholder: null, made: null, thumbnail: null };
    for (const [name, mime] of sounds) expect((await without.look('AUDIO', fixture(name))).facts).toEqual({ ...nothing, mime, bytes: fixture(name).length });
    for (const [name, mime] of films) expect((await without.look('VIDEO', fixture(name))).facts).toEqual({ ...nothing, mime, bytes: fixture(name).length });
  });
});

it('takes nothing for what it is not', async () => {
  const wrong = [
    ['IMAGE', 'film.mp4'],
    ['AVATAR', 'voice.mp3'],
    ['AUDIO', 'photo.jpg'],
    ['VIDEO', 'moving.gif'],
    ['VIDEO', 'voice.mp3'],
    ['AUDIO', 'film.mov'],
  ] as const;
  for (const [kind, name] of wrong) expect([name, (await look(kind, fixture(name))).refusal]).toEqual([name, 'FILE_TYPE']);
});
