import { connect } from 'node:net';

/** One HTTP request that is sent again and again. */
export interface Request {
  readonly path: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The bytes of a request. */
export const bytesOf = ({ path, body, headers = {} }: Request): Buffer => {
  const all = { host: '127.0.0.1', 'content-type': 'application/json', accept: 'application/json', 'content-length': `${Buffer.byteLength(body)}`, ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
  return Buffer.from(`POST ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n${body}`);
};

/** The whole answer to one request, over a connection of its own, from an address where one is given. */
export async function askOnce(
  port: number,
  request: Request,
  localAddress?: string,
): Promise<{ readonly bytes: number; readonly status: number; readonly body: string }> {
  return await new Promise((resolve, reject) => {
    let text = '';
    const socket = connect({ port, host: '127.0.0.1', ...(localAddress === undefined ? {} : { localAddress }) }, () => socket.write(bytesOf(request)));
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('closed without an answer')));
    socket.on('data', (data) => {
      text += data.toString('latin1');
      const end = text.indexOf('\r\n\r\n');
      const length = /\r\ncontent-length: (\d+)/i.exec(text.slice(0, end))?.[1];
      if (end < 0) return;
      if (length === undefined) return reject(new Error(`an answer without its length: ${text}`));
      if (text.length < end + 4 + Number(length)) return;
      socket.destroy();
      const body = Buffer.from(text.slice(end + 4), 'latin1').toString();
      resolve({ bytes: text.length, status: Number(text.split(' ')[1]), body });
    });
  });
}

const buffer = Buffer.allocUnsafe(1 << 16);

/**
 * Sends the request so many times over so many connections that stay open, on each the next when the answer is there. Every answer must have
 * as many bytes as the first one and begin with the same status.
 */
export async function askOften(port: number, request: Request, times: number, connections: number): Promise<void> {
  const { bytes, status } = await askOnce(port, request);
  if (status !== 200) throw new Error(`HTTP ${status}`);
  const message = bytesOf(request);
  let asked = 0;
  const lane = () =>
    new Promise<void>((resolve, reject) => {
      let left = 0;
      const next = () => {
        if (asked >= times) {
          socket.destroy();
          return resolve();
        }
        asked += 1;
        left = bytes;
        socket.write(message);
      };
      const socket = connect({
        port,
        host: '127.0.0.1',
        noDelay: true,
        onread: {
          buffer,
          callback(size) {
            if (left === bytes && buffer.toString('latin1', 9, 12) !== '200') reject(new Error(buffer.toString('utf8', 0, size)));
            left -= size;
            if (left < 0) reject(new Error('an answer of another length'));
            if (left === 0) next();
            return true;
          },
        },
      });
      socket.once('connect', next);
      socket.on('error', reject);
      socket.on('close', () => (left > 0 ? reject(new Error('a connection was closed')) : undefined));
    });
  await Promise.all(Array.from({ length: connections }, lane));
}
