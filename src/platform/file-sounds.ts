import { stat } from 'node:fs/promises';
import type { FileFacts, LookJob, LookRefusal } from './file-look.ts';
import { type FilePrograms, inputOf, runProgram } from './file-programs.ts';
import { bothOf, type Played, readTracks } from './file-tracks.ts';

/** The types that are taken as sound: what they are called, and how ffmpeg reads them. Browsers record the films among them, and call them so too. */
const forms: Readonly<Record<string, { readonly mime: string; readonly format: string }>> = {
  'audio/mpeg': { mime: 'audio/mpeg', format: 'mp3' },
  'audio/mp4': { mime: 'audio/mp4', format: 'mov' },
  'audio/x-m4a': { mime: 'audio/mp4', format: 'mov' },
  'video/mp4': { mime: 'audio/mp4', format: 'mov' },
  'audio/ogg': { mime: 'audio/ogg', format: 'ogg' },
  'video/ogg': { mime: 'audio/ogg', format: 'ogg' },
  'application/ogg': { mime: 'audio/ogg', format: 'ogg' },
  'audio/wav': { mime: 'audio/wav', format: 'wav' },
  'audio/flac': { mime: 'audio/flac', format: 'flac' },
  'audio/x-flac': { mime: 'audio/flac', format: 'flac' },
  'audio/webm': { mime: 'audio/webm', format: 'matroska' },
  'video/webm': { mime: 'audio/webm', format: 'matroska' },
};

/** How many numbers show a sound. */
const peakCount = 64;

const samplesPerSecond = 8000;

/** Below this part of what is possible all is silence. */
const silence = 0.005;

/** What a sound is, with its peaks; nothing of it is changed. Without ffmpeg only its type is known. Refused where it is damaged or cannot be heard. */
export async function lookAtSound({ path }: LookJob, type: string, programs: FilePrograms, left: () => number): Promise<FileFacts | LookRefusal> {
  const form = forms[type];
  if (!form) return 'FILE_TYPE';
  const { size } = await stat(path);
  const facts = { mime: form.mime, bytes: size, width: null, height: null, isAnimated: false, placeholder: null, made: null, thumbnail: null } as const;
  const both = bothOf(programs);
  if (both === null) return { ...facts, duration: null, peaks: null };
  const played = { path, format: form.format, left };
  const tracks = await readTracks(played, both.ffprobe);
  if (!tracks?.sound) return 'FILE_TYPE';
  const heard = await hear(played, tracks.sound.index, both.ffmpeg);
  if (heard === 'NOTHING') return 'FILE_TYPE';
  return { ...facts, duration: heard?.duration ?? tracks.duration, peaks: heard?.peaks ?? null };
}

interface Heard {
  readonly duration: number;
  readonly peaks: readonly number[];
}

/** Decodes it. Null where that takes too long. */
async function hear({ path, format, left }: Played, index: number, ffmpeg: string): Promise<Heard | 'NOTHING' | null> {
  const peaks = createPeaks();
  const output = ['-map', `0:${index}`, '-ac', '1', '-ar', `${samplesPerSecond}`, '-f', 's16le', 'pipe:1'];
  const args = ['-v', 'quiet', '-nostdin', ...inputOf(path, format), ...output];
  const end = await runProgram(ffmpeg, args, { ms: left() * 0.8, bytes: Number.POSITIVE_INFINITY }, peaks.take);
  if (end === 'LATE') return null;
  const { samples } = peaks;
  return samples() === 0 ? 'NOTHING' : { duration: Math.round((samples() / samplesPerSecond) * 1000) / 1000, peaks: peaks.all() };
}

/** Takes samples of 16 bits, little-endian, however they are cut, and keeps a bounded part of them. */
function createPeaks() {
  const mostBlocks = 8192;
  let blocks: number[] = [];
  let perBlock = 8;
  let [inBlock, loudest, samples] = [0, 0, 0];
  let odd: Buffer = Buffer.alloc(0);

  const add = (sample: number) => {
    loudest = Math.max(loudest, Math.abs(sample));
    inBlock += 1;
    if (inBlock < perBlock) return;
    blocks.push(loudest);
    [inBlock, loudest] = [0, 0];
    if (blocks.length < mostBlocks) return;
    blocks = blocks.flatMap((block, place) => (place % 2 === 0 ? [Math.max(block, blocks[place + 1] ?? 0)] : []));
    perBlock *= 2;
  };

  return {
    take(chunk: Buffer) {
      const bytes = odd.length === 0 ? chunk : Buffer.concat([odd, chunk]);
      const whole = bytes.length - (bytes.length % 2);
      for (let place = 0; place < whole; place += 2) add(bytes.readInt16LE(place));
      samples += whole / 2;
      odd = bytes.subarray(whole);
    },
    samples: () => samples,
    /** Where the loudest is 100. */
    all(): number[] {
      const heard = inBlock > 0 ? [...blocks, loudest] : blocks;
      const highest = heard.reduce((most, block) => Math.max(most, block), 0);
      return Array.from({ length: peakCount }, (_, place) => {
        const first = Math.floor((place * heard.length) / peakCount);
        const next = Math.max(first + 1, Math.floor(((place + 1) * heard.length) / peakCount));
        const most = heard.slice(first, next).reduce((one, other) => Math.max(one, other), 0);
        return highest < silence * 32_768 ? 0 : Math.round((most / highest) * 100);
      });
    },
  };
}
