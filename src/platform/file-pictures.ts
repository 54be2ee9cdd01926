import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { rgbaToThumbHash } from 'thumbhash';
import { isOfSystem } from './file-bytes.ts';
import type { FileFacts, LookJob, LookRefusal, PictureLimits } from './file-look.ts';

/** What a picture is shown as before it is there, and in small. */
export interface SmallPicture {
  readonly placeholder: string;
  readonly thumbnail: string;
}

/** Pixels, one after the other. */
export interface Pixels {
  readonly data: Buffer;
  readonly width: number;
  readonly height: number;
  readonly channels: 3 | 4;
}

/** The longest side of a thumbnail. */
export const thumbnailPixels = 480;

const avatarPixels = 256;

/** The longest side of what a thumbhash is made of. */
const hashedPixels = 100;

sharp.cache(false);
sharp.concurrency(1);
// The library knows many more forms, some of which it reads with code that nobody has tried on hostile bytes.
sharp.block({ operation: ['VipsForeignLoad'] });
sharp.unblock({ operation: ['Jpeg', 'Png', 'Nsgif', 'Webp', 'Heif'].map((form) => `VipsForeignLoad${form}File`) });

interface Form {
  /** As the library calls what comes in. */
  readonly read: string;
  readonly mime: string;
  /** Whether it can move, here. */
  readonly moves: boolean;
  readonly write: (image: Sharp, isPalette: boolean) => Sharp;
}

const png: Form = { read: 'png', mime: 'image/png', moves: false, write: (image, palette) => image.png({ palette }) };
const webp: Form = { read: 'webp', mime: 'image/webp', moves: true, write: (image) => image.webp({ quality: 85, effort: 2 }) };
const heif: Form = { ...webp, read: 'heif', moves: false };

/** The types that are taken as pictures, and what becomes of them. */
const forms: Readonly<Record<string, Form>> = {
  'image/jpeg': { read: 'jpeg', mime: 'image/jpeg', moves: false, write: (image) => image.jpeg({ quality: 88 }) },
  'image/png': png,
  // Its first picture: the library does not see the others.
  'image/apng': png,
  'image/gif': { read: 'gif', mime: 'image/gif', moves: true, write: (image) => image.gif({ effort: 1, dither: 0 }) },
  'image/webp': webp,
  'image/avif': heif,
  // Refused below where the library was built without it.
  'image/heic': heif,
  'image/heif': heif,
};

/**
 * Writes a picture anew, in `made`: upright, in sRGB, moving where it moves, and with nothing but its pixels. With a thumbnail, of an AVATAR a square one.
 * What is larger than the limits is refused before it is decoded, and so is what is damaged or ends too early.
 */
export async function lookAtPicture(job: LookJob, type: string, limits: PictureLimits): Promise<FileFacts | LookRefusal> {
  const form = forms[type];
  if (!form) return 'FILE_TYPE';
  try {
    return await rewrite(job, form, limits);
  } catch (error) {
    if (isOfSystem(error) || error instanceof TypeError) throw error;
    return 'FILE_TYPE';
  }
}

async function rewrite({ path, folder, kind }: LookJob, form: Form, limits: PictureLimits): Promise<FileFacts | LookRefusal> {
  const { format, width, height, pages = 1, isPalette } = await sharp(path, { limitInputPixels: false }).metadata();
  if (format !== form.read) return 'FILE_TYPE';
  const isAnimated = form.moves && pages > 1;
  const frames = isAnimated ? pages : 1;
  const pixels = width * height;
  if (pixels > limits.pixels || frames > limits.frames || pixels * frames > limits.pixelsOfFrames) return 'FILE_TOO_LARGE';

  const open = (count: number) => sharp(path, { failOn: 'error', limitInputPixels: pixels * count, pages: count });
  const made = await form.write(isAnimated ? open(frames) : open(1).autoOrient(), isPalette === true).toBuffer({ resolveWithObject: true });
  const at = join(folder, 'made');
  await writeFile(at, made.data);

  const square = { width: avatarPixels, height: avatarPixels, fit: 'cover' } as const;
  const inside = { width: thumbnailPixels, height: thumbnailPixels, fit: 'inside', withoutEnlargement: true } as const;
  // Not of what came: some forms take long to decode.
  const small = sharp(at, { limitInputPixels: pixels }).resize(kind === 'AVATAR' ? square : inside);
  const shown = await small.toColourspace('srgb').ensureAlpha().raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true });
  return {
    mime: form.mime,
    bytes: made.data.length,
    width: made.info.width,
    height: made.info.pageHeight ?? made.info.height,
    isAnimated,
    duration: null,
    peaks: null,
    made: 'made',
    ...(await writeSmall({ ...shown.info, data: shown.data, channels: 4 }, folder)),
  };
}

/** Writes the thumbnail of a picture that is small already, webp, in `folder`. */
export async function writeSmall({ data, ...raw }: Pixels, folder: string): Promise<SmallPicture> {
  const { width, height, channels } = raw;
  const image = () => sharp(data, { raw: { width, height, channels } });
  await writeFile(join(folder, 'thumbnail'), await image().webp({ quality: 75 }).toBuffer());
  const hashed = await image()
    .resize({ width: hashedPixels, height: hashedPixels, fit: 'inside', withoutEnlargement: true })
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const hash = rgbaToThumbHash(hashed.info.width, hashed.info.height, hashed.data);
  return { placeholder: Buffer.from(hash).toString('base64'), thumbnail: 'thumbnail' };
}
