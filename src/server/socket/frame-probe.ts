import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import { bytesOf } from '../fanout/bytes.ts';
import { createFrameWriter, plainSocketOf } from './frame-writer.ts';

/** A socket without another side: it keeps what is written to it. */
class Kept extends Socket {
  readonly pieces: Buffer[] = [];

  override _write(piece: Buffer | string, encoding: BufferEncoding, done: () => void): void {
    this.pieces.push(typeof piece === 'string' ? Buffer.from(piece, encoding) : piece);
    done();
  }

  override _writev(pieces: readonly { readonly chunk: Buffer | string; readonly encoding: BufferEncoding }[], done: () => void): void {
    for (const { chunk, encoding } of pieces) this._write(chunk, encoding, () => {});
    done();
  }

  override _read(): void {}
}

/** Two texts with a ping between them, as RFC 6455 has them: https://www.rfc-editor.org/rfc/rfc6455#section-5.2 */
const expected = Buffer.concat([Buffer.from([0x81, 1]), Buffer.from('a'), Buffer.from([0x89, 1]), Buffer.from('p'), Buffer.from([0x81, 1]), Buffer.from('b')]);

/**
 * Whether frames that are written to the socket below ws and frames of ws itself go out in the order in which they were handed over, each as it is:
 * tried on a socket in memory. `plainOf` finds the socket below.
 */
export function framesKeepOrder(plainOf: (socket: WebSocket) => Socket | null = plainSocketOf): boolean {
  const carrier = new Kept();
  try {
    const request = new IncomingMessage(carrier);
    Object.assign(request, { method: 'GET', url: '/' });
    request.headers = { upgrade: 'websocket', connection: 'Upgrade', 'sec-websocket-version': '13', 'sec-websocket-key': Buffer.alloc(16).toString('base64') };
    let isKept = false;
    new WebSocketServer({ noServer: true, perMessageDeflate: false }).handleUpgrade(request, carrier, Buffer.alloc(0), (socket) => {
      const plain = plainOf(socket);
      if (plain === null) return;
      carrier.pieces.length = 0;
      const writer = createFrameWriter(socket, { end: () => {} }, { sent: () => {}, behind: () => {} }, plain);
      writer.add(bytesOf('a'));
      writer.flush();
      socket.ping('p');
      writer.add(bytesOf('b'));
      writer.flush();
      isKept = Buffer.concat(carrier.pieces).equals(expected);
    });
    return isKept;
  } catch {
    return false;
  } finally {
    carrier.destroy();
  }
}

/** Found out once: where it is not so, frames go by the interface of ws. */
export const mayWritePlainly = framesKeepOrder();
