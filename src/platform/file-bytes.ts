import { open } from 'node:fs/promises';
import { fileTypeFromFile } from 'file-type';

/** How far a file is read before it is taken for text. */
const mostRead = 65_536;

/**
 * The type of a file by its bytes, without parameters: `text/plain` for what begins as text in UTF-8 and has no form that is known, HTML among it, and
 * `application/octet-stream` for everything else. What it is called does not count.
 */
export async function typeOf(path: string): Promise<string> {
  // What ends too early is nothing that is known.
  const found = await fileTypeFromFile(path).catch((error: unknown) => {
    if (isOfSystem(error)) throw error;
    return undefined;
  });
  if (found !== undefined) return found.mime.replace(/;.*$/, '').trim();
  return (await isText(path)) ? 'text/plain' : 'application/octet-stream';
}

/** Whether an error is one of the system, such as a full disk or a file that is not there, and says nothing about the bytes. */
export function isOfSystem(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error;
}

async function isText(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(mostRead), 0, mostRead, 0);
    // A character may be cut in two where the reading ends, but not where the file does.
    const text = new TextDecoder('utf-8', { fatal: true }).decode(buffer.subarray(0, bytesRead), { stream: bytesRead === mostRead });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what no text has.
    return text !== '' && !/[\0-\x08\x0e-\x1a\x1c-\x1f\x7f]/.test(text);
  } catch (error) {
    if (isOfSystem(error)) throw error;
    return false;
  } finally {
    await file.close();
  }
}
