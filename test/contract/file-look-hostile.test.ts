import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { promisify } from 'node:util';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { readTracks } from '../../src/platform/file-tracks.ts';
import { root } from '../house/sources.ts';
import { present } from '../support/client.ts';
import { gifAndScript, gifOf, packedChunk, pngOf } from '../support/hostile-files.ts';
import { closeLater } from '../support/lifetime.ts';
import { fixture, startLooker } from '../support/looking.ts';
import { missingPrograms } from '../support/missing-programs.ts';
import { emptyFolder } from '../support/operator.ts';

const run = promisify(execFile);
const { look, said } = await startLooker();
const lacksFfmpeg = missingPrograms().includes('ffmpeg');

/** Every look has come to an end by itself: no process had to be killed, and none has died. */
const allEnded = () => expect(said()).not.toContain('came to no end');

describe('a hostile picture', () => {
  it.each([
    ['SVG with a script', '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>alert(1)</script></svg>', 'picture.png'],
    ['HTML', '<!doctype html><script>alert(1)</script>', 'picture.jpg'],
    ['a PDF', '%PDF-1.7\n', 'picture.png'],
    ['nothing', '', 'picture.gif'],
    ['a form that browsers do not show', Buffer.from('49492a0008000000', 'hex'), 'picture.png'],
    ['HEIC, which is not decoded here', Buffer.from('000000186674797068656963000000006d69663168656963', 'hex'), 'picture.heic'],
  ])('is refused where it is %s, whatever it is called', async (_what, bytes, name) => {
    for (const kind of ['IMAGE', 'AVATAR'] as const) expect(await look(kind, bytes, name)).toMatchObject({ facts: null, refusal: 'FILE_TYPE' });
    allEnded();
  });

  it('is refused before it is decoded where it has too many pixels, too many frames, or too many pixels in all frames', async () => {
    const began = performance.now();
    expect((await look('IMAGE', pngOf(30_000, 30_000, 1))).refusal).toBe('FILE_TOO_LARGE');
    expect((await look('IMAGE', pngOf(6325, 6325, 1))).refusal).toBe('FILE_TOO_LARGE');
    expect((await look('IMAGE', gifOf(100_000))).refusal).toBe('FILE_TOO_LARGE');
    expect((await look('IMAGE', gifOf(201))).refusal).toBe('FILE_TOO_LARGE');
    expect((await look('IMAGE', gifOf(200))).facts).toMatchObject({ isAnimated: true, width: 1, height: 1 });
    const frames = await startLooker({ limits: { pixels: 40_000_000, frames: 200, pixelsOfFrames: 28_799 } });
    expect((await frames.look('IMAGE', fixture('moving.gif'))).refusal).toBe('FILE_TOO_LARGE');
    expect((await frames.look('IMAGE', fixture('photo.jpg'))).refusal).toBeNull();
    expect(performance.now() - began).toBeLessThan(15_000);
    allEnded();
  });

  it.each(['zTXt', 'iCCP'] as const)('with half a gigabyte packed into its %s is decoded without it, or refused', async (name) => {
    const bomb = pngOf(8, 8, 8, [packedChunk(name, 536_870_912)]);
    expect(bomb.length).toBeLessThan(1_000_000);
    const { facts, refusal, made } = await look('IMAGE', bomb);
    expect(facts?.mime ?? refusal).toMatch(/^(image\/png|FILE_TYPE)$/);
    expect(made?.length ?? 0).toBeLessThan(1000);
    allEnded();
  });

  it('that is a program too comes out as a picture', async () => {
    const script = 'alert(document.domain)';
    const both = gifAndScript(script);
    expect(String(both)).toContain(script);
    const { facts, made } = await look('IMAGE', both);
    expect(facts).toMatchObject({ mime: 'image/gif', isAnimated: false });
    expect(String(made)).not.toMatch(/alert|\*\//);
    const { made: jpeg } = await look('IMAGE', Buffer.concat([fixture('photo.jpg'), Buffer.from(`<script>${script}</script>`)]));
    expect(String(present(jpeg))).not.toContain('alert');
  });

  it('that ends too early, or is damaged, is refused', async () => {
    for (const name of ['photo.jpg', 'cmyk.jpg', 'sixteen-bits.png', 'still.webp', 'still.avif', 'moving.webp']) {
      const bytes = fixture(name);
      expect([name, (await look('IMAGE', bytes.subarray(0, bytes.length * 0.6))).refusal]).toEqual([name, 'FILE_TYPE']);
    }
    allEnded();
  });

  it('that was uploaded as a file is not decoded', async () => {
    const { facts } = await look('FILE', pngOf(30_000, 30_000, 1));
    expect(facts).toMatchObject({ mime: 'image/png', width: null, made: null, thumbnail: null });
  });
});

/** A server that nobody ought to ask, and what it was asked for. */
async function startBait(): Promise<{ readonly url: string; readonly asked: string[] }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closeLater(() => server.close());
  const address = server.address();
  return { url: `http://127.0.0.1:${address !== null && typeof address === 'object' ? address.port : 0}`, asked };
}

describe.skipIf(lacksFfmpeg)('a hostile film or sound', () => {
  const secret = join(root, 'test/fixtures/film.mp4');

  it('that is a list of others is refused: neither is a file of this machine read, nor anybody asked', async () => {
    const { url, asked } = await startBait();
    const lists = [
      `#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n${url}/a.ts\n#EXT-X-ENDLIST\n`,
      `#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nfile://${secret}\n#EXT-X-ENDLIST\n`,
      `ffconcat version 1.0\nfile '${secret}'\n`,
      `ffconcat version 1.0\nfile '${url}/b.mp4'\n`,
      `<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><BaseURL>${url}/c.mp4</BaseURL></MPD>`,
      `v=0\no=- 0 0 IN IP4 127.0.0.1\nc=IN IP4 127.0.0.1\nm=video 9 RTP/AVP 96\n`,
    ];
    // As they are, and behind what makes them look like something else.
    const masks = ['', 'ID3', 'OggS\0\0\0\0', 'fLaC', '\0\0\0\x18ftypisom\0\0\0\0isommp42'];
    for (const mask of masks)
      for (const list of lists) {
        const kinds = ['VIDEO', 'AUDIO'] as const;
        for (const kind of kinds) expect((await look(kind, `${mask}${list}`, 'film.m3u8')).refusal).toBe('FILE_TYPE');
      }
    expect(asked).toEqual([]);
    allEnded();
    // The same list asks, where nothing keeps it from that.
    const folder = emptyFolder();
    writeFileSync(join(folder, 'film.m3u8'), present(lists[0]));
    await run('ffprobe', ['-v', 'quiet', '-protocol_whitelist', 'file,http,tcp', join(folder, 'film.m3u8')]).catch(() => {});
    expect(asked).toContain('/a.ts');
  });

  it('that is a list is no list for ffmpeg, whatever it was taken for, and where it is one nobody is asked', async () => {
    const { url, asked } = await startBait();
    const tracksOf = async (named: string, format: string) => {
      const path = join(emptyFolder(), 'film.m3u8');
      writeFileSync(path, `#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n${named}\n#EXT-X-ENDLIST\n`);
      return await readTracks({ path, format, left: () => 20_000 }, 'ffprobe');
    };
    expect((await tracksOf(secret, 'hls'))?.film).toMatchObject({ width: 160 });
    expect((await tracksOf(`${url}/a.ts`, 'hls'))?.film ?? null).toBeNull();
    for (const format of ['mov', 'matroska', 'ogg', 'mp3', 'wav', 'flac']) expect((await tracksOf(secret, format))?.film ?? null).toBeNull();
    expect(asked).toEqual([]);
  });

  it('with subtitles that name a file of this machine, or an address, shows nothing of them', async () => {
    const { url, asked } = await startBait();
    const folder = emptyFolder();
    const [subtitles, film] = [join(folder, 'film.srt'), join(folder, 'film.mp4')];
    writeFileSync(subtitles, `1\n00:00:00,000 --> 00:00:01,500\n${url}/x.srt\n\n2\n00:00:01,500 --> 00:00:02,000\nfile:///etc/passwd\n`);
    const parts = ['-i', secret, '-i', subtitles, '-map', '0:v', '-map', '1:s', '-c:v', 'copy', '-c:s', 'mov_text'];
    await run('ffmpeg', ['-v', 'error', '-nostdin', ...parts, film]);
    const { facts } = await look('VIDEO', readFileSync(film));
    expect(facts).toMatchObject({ mime: 'video/mp4', width: 160, height: 96 });
    expect(asked).toEqual([]);
  });

  it('whose packets are nonsense comes to an end', async () => {
    for (const [kind, name] of [
      ['VIDEO', 'film.mp4'],
      ['VIDEO', 'film.webm'],
      ['AUDIO', 'voice.ogg'],
      ['AUDIO', 'voice.mp3'],
    ] as const) {
      const bytes = fixture(name);
      for (let place = 900; place < bytes.length; place += 7) bytes[place] = (place * 31) % 256;
      const { facts, refusal } = await look(kind, bytes);
      expect(facts === null).toBe(refusal === 'FILE_TYPE');
    }
    allEnded();
  });

  it('of pictures that nobody can show is taken without a cover, or refused', async () => {
    const large = sharp({ create: { width: 16, height: 16, channels: 3, background: 'red' } });
    expect((await look('VIDEO', await large.gif().toBuffer())).refusal).toBe('FILE_TYPE');
  });
});
