import type { UploadSource } from './uploads.ts';

/**
 * The picture as the server takes it: of HEIC, which telephones make and most servers cannot read, a JPEG, where the browser can read it. Everything
 * else, and what the browser cannot read either, stays as it is: the server has the last word.
 */
export async function toSendable({ blob, name, kind }: UploadSource): Promise<{ readonly blob: Blob; readonly name: string }> {
  const isHeic = /^image\/hei[cf]/.test(blob.type) || (blob.type === '' && /\.hei[cf]$/i.test(name));
  if (!isHeic || (kind !== 'IMAGE' && kind !== 'AVATAR') || typeof createImageBitmap !== 'function') return { blob, name };
  try {
    const picture = await createImageBitmap(blob);
    const { width, height } = picture;
    const jpeg = await draw(picture, width, height);
    picture.close();
    return jpeg ? { blob: jpeg, name: name.replace(/(\.hei[cf])?$/i, '.jpg') } : { blob, name };
  } catch {
    return { blob, name };
  }
}

async function draw(picture: ImageBitmap, width: number, height: number): Promise<Blob | null> {
  if (typeof OffscreenCanvas === 'function') {
    const canvas = new OffscreenCanvas(width, height);
    canvas.getContext('2d')?.drawImage(picture, 0, 0);
    return await canvas.convertToBlob({ type: 'image/jpeg', quality: 0.9 });
  }
  const canvas = Object.assign(document.createElement('canvas'), { width, height });
  canvas.getContext('2d')?.drawImage(picture, 0, 0);
  return await new Promise((resolve) => canvas.toBlob(resolve, 'image/jpeg', 0.9));
}
