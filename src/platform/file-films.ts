import { stat } from 'node:fs/promises';
import type { FileFacts, LookJob, LookRefusal } from './file-look.ts';
import { type SmallPicture, thumbnailPixels, writeSmall } from './file-pictures.ts';
import { type FilePrograms, inputOf, runProgram } from './file-programs.ts';
import { bothOf, type FilmTrack, measure, type Played, readTracks } from './file-tracks.ts';

/** The types that are taken as films: what they are called, and how ffmpeg reads them. */
const forms: Readonly<Record<string, { readonly mime: string; readonly format: string }>> = {
  'video/mp4': { mime: 'video/mp4', format: 'mov' },
  'video/x-m4v': { mime: 'video/mp4', format: 'mov' },
  'video/quicktime': { mime: 'video/quicktime', format: 'mov' },
  'video/webm': { mime: 'video/webm', format: 'matroska' },
  'video/ogg': { mime: 'video/ogg', format: 'ogg' },
};

/** Where the cover is taken, in seconds: the first pictures are often black. */
const coverAt = 1;

/** What a film is, with a cover as its thumbnail; nothing of it is changed. Without ffmpeg only its type is known. Refused where it is damaged or has no moving pictures. */
export async function lookAtFilm({ path, folder }: LookJob, type: string, programs: FilePrograms, left: () => number): Promise<FileFacts | LookRefusal> {
  const form = forms[type];
  if (!form) return 'FILE_TYPE';
  const { size } = await stat(path);
  const facts = { mime: form.mime, bytes: size, width: null, height: null, isAnimated: false, duration: null, peaks: null, made: null } as const;
  const both = bothOf(programs);
  if (both === null) return { ...facts, placeholder: null, thumbnail: null };
  const played = { path, format: form.format, left };
  const tracks = await readTracks(played, both.ffprobe);
  if (!tracks?.film) return 'FILE_TYPE';
  const duration = tracks.duration ?? (await measure(played, both.ffmpeg));
  const cover = await coverOf(played, tracks.film, both.ffmpeg, folder, Math.min(coverAt, (duration ?? 0) / 2));
  return { ...facts, width: tracks.film.width, height: tracks.film.height, duration, ...cover };
}

/** One of its pictures; nulls where it cannot be decoded, as what is newer than this ffmpeg. */
async function coverOf(
  { path, format, left }: Played,
  film: FilmTrack,
  ffmpeg: string,
  folder: string,
  at: number,
): Promise<SmallPicture | { readonly placeholder: null; readonly thumbnail: null }> {
  const scale = Math.min(1, thumbnailPixels / Math.max(film.width, film.height));
  const [width, height] = [film.width, film.height].map((side) => Math.max(1, Math.round(side * scale)));
  const none = { placeholder: null, thumbnail: null };
  if (width === undefined || height === undefined) return none;
  const whole = width * height * 3;
  // Where there is no picture at that time, the first one.
  for (const second of at > 0 ? [at, 0] : [0]) {
    const chunks: Buffer[] = [];
    const output = ['-map', `0:${film.index}`, '-frames:v', '1', '-vf', `scale=${width}:${height}`, '-pix_fmt', 'rgb24', '-f', 'rawvideo', 'pipe:1'];
    const args = ['-v', 'quiet', '-nostdin', '-filter_threads', '1', '-ss', `${second}`, ...inputOf(path, format), ...output];
    const end = await runProgram(ffmpeg, args, { ms: left() / 2, bytes: whole }, (chunk) => chunks.push(chunk));
    const data = Buffer.concat(chunks);
    if (end === 'DONE' && data.length === whole) return await writeSmall({ data, width, height, channels: 3 }, folder);
  }
  return none;
}
