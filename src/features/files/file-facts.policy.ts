import { isObject, storedJson } from '../../kernel/stored-json.ts';
import type { FileRow, UploadKind } from './file.entity.ts';

/** What is shown of a file. It never changes once the file is READY, so that whatever shows one may keep a copy. */
export interface FileFactsView {
  readonly uuid: string;
  readonly kind: UploadKind;
  readonly name: string;
  readonly mime: string;
  /** Those that are delivered. */
  readonly bytes: number;
  readonly width: number | null;
  readonly height: number | null;
  readonly isAnimated: boolean;
  readonly hasThumbnail: boolean;
  /** Seconds. */
  readonly duration: number | null;
  /** 64 numbers from 0 to 100. */
  readonly peaks: readonly number[] | null;
  /** A thumbhash in base64. */
  readonly placeholder: string | null;
}

/** What a file is whose kind or type nobody knows any more. */
const anything = 'application/octet-stream';

const kinds: ReadonlySet<unknown> = new Set<UploadKind>(['IMAGE', 'AUDIO', 'VIDEO', 'FILE', 'AVATAR']);
const isKind = (value: unknown): value is UploadKind => kinds.has(value);

/** The facts of a file that is READY. */
export function factsOf(row: FileRow): FileFactsView {
  return {
    uuid: row.uuid,
    kind: isKind(row.kind) ? row.kind : 'FILE',
    name: row.name,
    mime: row.mime ?? anything,
    bytes: row.bytes ?? row.size,
    width: row.width,
    height: row.height,
    isAnimated: row.isAnimated === 1,
    hasThumbnail: row.hasThumbnail === 1,
    duration: row.duration,
    peaks: row.peaks === null ? null : peaksIn(storedJson(row.peaks)),
    placeholder: row.placeholder,
  };
}

/** Facts as they stand within a content: as JSON can write them, without what is not there. */
export function storedFacts({ isAnimated, hasThumbnail, ...facts }: FileFactsView): Readonly<Record<string, unknown>> {
  const there = Object.entries(facts).filter(([, value]) => value !== null);
  return { ...Object.fromEntries(there), ...(isAnimated && { isAnimated }), ...(hasThumbnail && { hasThumbnail }) };
}

/** What `storedFacts` has written, as far as this version knows it; null where it names no file. */
export function readFacts(stored: unknown): FileFactsView | null {
  if (!isObject(stored) || typeof stored.uuid !== 'string') return null;
  const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);
  const number = (value: unknown): number | null => (typeof value === 'number' && Number.isFinite(value) ? value : null);
  return {
    uuid: stored.uuid,
    kind: isKind(stored.kind) ? stored.kind : 'FILE',
    name: text(stored.name) ?? '',
    mime: text(stored.mime) ?? anything,
    bytes: number(stored.bytes) ?? 0,
    width: number(stored.width),
    height: number(stored.height),
    isAnimated: stored.isAnimated === true,
    hasThumbnail: stored.hasThumbnail === true,
    duration: number(stored.duration),
    peaks: peaksIn(stored.peaks),
    placeholder: text(stored.placeholder),
  };
}

function peaksIn(stored: unknown): readonly number[] | null {
  return Array.isArray(stored) ? stored.filter((peak) => Number.isInteger(peak)).slice(0, mostPeaks) : null;
}

/** How many numbers the waveform of a voice has. */
export const mostPeaks = 64;
