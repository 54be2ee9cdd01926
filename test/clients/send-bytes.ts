/** So much goes with one request: what is lost with a connection is less than that, and a bar moves as often. */
const pieceBytes = 4 * 1024 * 1024;

const version = { 'Tus-Resumable': '1.0.0' };

/** Nothing can be sent to this address any more: it is over, or the upload was taken back. Announce the file again. */
export class UploadGone extends Error {}

/** Sends a file to its `uploadUrl`, from where the server stands, and goes on by itself after a lost connection. `onProgress`: how many bytes the server has. */
export async function sendBytes(url: string, file: Blob, onProgress: (bytes: number) => void = () => {}): Promise<void> {
  let offset: number | null = null;
  for (let failures = 0; ; ) {
    try {
      // Whoever does not know how far the server is asks: after a reload of the page, and after a request that failed.
      offset ??= await offsetIn(await fetch(url, { method: 'HEAD', headers: version }));
      onProgress(offset);
      if (offset >= file.size) return;
      const headers = { ...version, 'Upload-Offset': `${offset}`, 'Content-Type': 'application/offset+octet-stream' };
      offset = await offsetIn(await fetch(url, { method: 'PATCH', headers, body: file.slice(offset, offset + pieceBytes) }));
      failures = 0;
    } catch (error) {
      if (error instanceof UploadGone || failures === 10) throw error;
      offset = null;
      const longest = Math.min(300 * 2 ** failures, 20_000);
      failures += 1;
      await new Promise((resolve) => setTimeout(resolve, Math.random() * longest));
    }
  }
}

/** How many bytes the server has, by its answer. */
async function offsetIn(response: Response): Promise<number> {
  if ([403, 404, 410].includes(response.status)) throw new UploadGone(await response.text());
  const offset = response.headers.get('Upload-Offset');
  if (!response.ok || offset === null) throw new Error(`HTTP ${response.status}`);
  return Number(offset);
}
