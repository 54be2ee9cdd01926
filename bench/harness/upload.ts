import { randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { askOnce } from './requests.ts';
import type { Guest } from './scene.ts';

const createUpload = 'mutation ($input: CreateUploadInput!) { createUpload(input: $input) { uploadUrl } }';

/** Announces a file of any kind, of so many bytes. Gives where its bytes go: a path with its signature. */
export async function announce(port: number, guest: Pick<Guest, 'token'>, bytes: number): Promise<string> {
  const input = { clientId: randomUUID(), kind: 'FILE', name: 'backup.bin', size: bytes };
  const body = JSON.stringify({ query: createUpload, variables: { input } });
  const answer = await askOnce(port, { path: '/graphql', body, headers: { authorization: `Bearer ${guest.token}` } });
  const path = /"uploadUrl":"([^"]+)"/.exec(answer.body)?.[1];
  if (path === undefined) throw new Error(answer.body);
  return path;
}

/** What is sent, again and again: one for all uploads, so that the load has little to do. */
const piece = Buffer.alloc(1 << 18, 'what is in a file ');

/** Sends so many bytes with one PATCH of tus 1.0, over a connection of its own, and resolves when the server has all of them. */
export async function sendBytes(port: number, path: string, bytes: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1' });
    let answer = '';
    let left = bytes;
    const next = () => {
      if (left === 0 || socket.destroyed) return;
      const part = left < piece.length ? piece.subarray(0, left) : piece;
      left -= part.length;
      socket.write(part, next);
    };
    socket.on('connect', () => {
      const lines = [
        `PATCH ${path} HTTP/1.1`,
        `Host: 127.0.0.1:${port}`,
        'Tus-Resumable: 1.0.0',
        'Upload-Offset: 0',
        'Content-Type: application/offset+octet-stream',
        `Content-Length: ${bytes}`,
      ];
      socket.write(`${lines.join('\r\n')}\r\n\r\n`);
      next();
    });
    socket.on('data', (data) => {
      answer += data.toString('latin1');
      if (!answer.includes('\r\n\r\n')) return;
      socket.destroy();
      if (answer.startsWith('HTTP/1.1 204') && left === 0) resolve();
      else reject(new Error(answer));
    });
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('a connection was closed')));
  });
}
