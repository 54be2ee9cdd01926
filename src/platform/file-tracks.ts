import { z } from 'zod';
import { type FilePrograms, inputOf, runProgram } from './file-programs.ts';

/** What a film or a sound says of itself. */
export interface Tracks {
  /** Seconds; null: it does not say. */
  readonly duration: number | null;
  readonly sound: { readonly index: number } | null;
  readonly film: FilmTrack | null;
}

/** Moving pictures. */
export interface FilmTrack {
  readonly index: number;
  /** As it is shown: with pixels that are square, and upright. */
  readonly width: number;
  readonly height: number;
}

/** A file for ffmpeg. */
export interface Played {
  readonly path: string;
  /** By its bytes, as ffmpeg calls it. */
  readonly format: string;
  /** How long it may take, in milliseconds, at the time when this is asked. */
  readonly left: () => number;
}

const stream = z.object({
  index: z.int(),
  codec_type: z.string().optional(),
  width: z.int().optional(),
  height: z.int().optional(),
  sample_aspect_ratio: z.string().optional(),
  disposition: z.object({ attached_pic: z.int() }).optional(),
  side_data_list: z.array(z.object({ rotation: z.number().optional() })).optional(),
});
const probed = z.object({ format: z.object({ duration: z.string().optional() }), streams: z.array(stream) });

const asked = 'format=duration:stream=index,codec_type,width,height,sample_aspect_ratio:stream_disposition=attached_pic:stream_side_data=rotation';

/** Reads what is in it. Null where it is damaged, or says more than anybody needs to know. */
export async function readTracks({ path, format, left }: Played, ffprobe: string): Promise<Tracks | null> {
  const chunks: Buffer[] = [];
  const args = ['-v', 'quiet', '-show_entries', asked, '-of', 'json', ...inputOf(path, format)];
  const end = await runProgram(ffprobe, args, { ms: left() * 0.8, bytes: 262_144 }, (chunk) => chunks.push(chunk));
  if (end !== 'DONE') return null;
  const found = probed.safeParse(JSON.parse(Buffer.concat(chunks).toString('utf8')));
  if (!found.success) return null;
  const { streams } = found.data;
  const film = streams.find((track) => track.codec_type === 'video' && track.disposition?.attached_pic !== 1);
  return {
    duration: secondsOf(found.data.format.duration),
    sound: streams.find((track) => track.codec_type === 'audio') ?? null,
    film: film === undefined ? null : shapeOf(film),
  };
}

/**
 * Seconds of a film that does not say how long it is, as those that browsers record: it is read to its end. Null where there is no time for that.
 */
export async function measure({ path, format, left }: Played, ffmpeg: string): Promise<number | null> {
  let last = '';
  const args = ['-v', 'quiet', '-nostdin', ...inputOf(path, format), '-map', '0:v:0', '-map', '0:a?', '-c', 'copy', '-f', 'null', '-progress', 'pipe:1', '-'];
  const end = await runProgram(ffmpeg, args, { ms: left() / 2, bytes: 4_194_304 }, (chunk) => {
    last = (last + chunk.toString('latin1')).slice(-2000);
  });
  const microseconds = [...last.matchAll(/^out_time_us=(\d+)$/gm)].at(-1)?.[1];
  return end === 'DONE' && microseconds !== undefined ? secondsOf(String(Number(microseconds) / 1_000_000)) : null;
}

/** Both programs, or null. */
export function bothOf({ ffmpeg, ffprobe }: FilePrograms): { readonly ffmpeg: string; readonly ffprobe: string } | null {
  return ffmpeg === null || ffprobe === null ? null : { ffmpeg, ffprobe };
}

function secondsOf(text: string | undefined): number | null {
  const seconds = Number(text);
  return text !== undefined && Number.isFinite(seconds) && seconds > 0 ? Math.round(seconds * 1000) / 1000 : null;
}

function shapeOf({ index, width = 0, height = 0, sample_aspect_ratio = '1:1', side_data_list = [] }: z.infer<typeof stream>): FilmTrack | null {
  const [across = 1, down = 1] = sample_aspect_ratio.split(':').map(Number);
  const shown = Math.round(across > 0 && down > 0 ? (width * across) / down : width);
  if (shown === 0 || height === 0) return null;
  const turned = side_data_list.find(({ rotation }) => rotation !== undefined)?.rotation ?? 0;
  return Math.abs(turned) % 180 === 90 ? { index, width: height, height: shown } : { index, width: shown, height };
}
