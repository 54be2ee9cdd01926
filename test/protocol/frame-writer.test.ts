import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, Socket } from 'node:net';
import { describe, expect, it, vi } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { bytesOf } from '../../src/server/fanout/bytes.ts';
import { framesKeepOrder } from '../../src/server/socket/frame-probe.ts';
import { createFrameWriter, createTurn, plainSocketOf } from '../../src/server/socket/frame-writer.ts';
import { Sheaf } from '../../src/server/socket/sheaf.ts';
import { present } from '../support/client.ts';
import { closeLater } from '../support/lifetime.ts';
import { createQueue } from '../support/queue.ts';

/** Both ends of a WebSocket. */
async function openPair() {
  const server = createServer();
  const sockets = new WebSocketServer({ server });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closeLater(() => server.close());
  const { port } = server.address() as AddressInfo;
  const connected = once(sockets, 'connection');
  const near = new WebSocket(`ws://127.0.0.1:${port}`);
  closeLater(() => near.terminate());
  const received = createQueue<string>('the other side');
  near.on('message', (data, isBinary) => received.push(isBinary ? 'binary' : String(data)));
  near.on('close', (code) => received.end(`closed with ${code}`));
  await once(near, 'open');
  const [far] = await connected;
  if (!(far instanceof WebSocket)) throw new Error('no socket');
  return { far, near, received };
}

const texts = ['', 'short', 'é 你好 👋', 'x'.repeat(125), 'x'.repeat(126), '你'.repeat(40_000), 'x'.repeat(65_535), 'x'.repeat(65_536)];

describe.each(['straight to the socket below', 'by the public interface'])('frames that are written %s', (way) => {
  const open = async (onSent = () => {}) => {
    const { far, near, received } = await openPair();
    const plain = way === 'by the public interface' ? null : present(plainSocketOf(far), 'the socket below');
    return { far, near, received, plain, writer: createFrameWriter(far, createTurn(), { sent: onSent, behind: () => {} }, plain) };
  };

  it('arrive as they are, in their order, whatever their length', async () => {
    const { writer, received } = await open();
    for (const text of texts) writer.add(bytesOf(text));
    for (const text of texts) expect(await received.next()).toBe(text);
  });

  it('stay in order with what is sent past them after a flush', async () => {
    const { writer, far, received } = await open();
    writer.add(bytesOf('first'));
    writer.flush();
    far.send('second');
    writer.add(bytesOf('third'));
    writer.flush();
    far.close(1001);
    expect([await received.next(), await received.next(), await received.next(), await received.ended()]).toEqual([
      'first',
      'second',
      'third',
      'closed with 1001',
    ]);
  });

  it('are counted until the socket has taken them, and told of when they are out, where that was asked for', async () => {
    const sent = vi.fn();
    const { writer, received } = await open(sent);
    writer.add(bytesOf('你'));
    expect(writer.waiting).toBeGreaterThanOrEqual(3);
    writer.tellWhenSent();
    expect(await received.next()).toBe('你');
    await expect.poll(() => sent.mock.calls.length).toBe(1);
    expect(writer.waiting).toBe(0);
    writer.add(bytesOf('again'));
    expect(await received.next()).toBe('again');
    expect(sent).toHaveBeenCalledTimes(1);
  });

  it('are counted as long as the other side takes nothing, and told of when it takes them', async () => {
    const sent = vi.fn();
    const { writer, near, received } = await open(sent);
    near.pause();
    const much = 'x'.repeat(16_000_000);
    writer.add(bytesOf(much));
    writer.flush();
    expect(writer.waiting).toBeGreaterThan(much.length / 2);
    writer.add(bytesOf('after it'));
    writer.tellWhenSent();
    writer.flush();
    near.resume();
    expect(await received.next()).toHaveLength(much.length);
    expect(await received.next()).toBe('after it');
    await expect.poll(() => sent.mock.calls.length).toBe(1);
    await expect.poll(() => writer.waiting).toBe(0);
  });

  it('go nowhere where the socket has closed meanwhile', async () => {
    const { writer, far } = await open();
    writer.add(bytesOf('too late'));
    far.terminate();
    writer.flush();
    expect(writer.waiting).toBe(0);
  });
});

describe('frames of one turn of the event loop', () => {
  it('go out in one write, where the socket below is as we know it', async () => {
    const { far, received } = await openPair();
    const plain = present(plainSocketOf(far), 'the socket below');
    const writes = vi.spyOn(plain, 'write');
    const writer = createFrameWriter(far, createTurn(), { sent: () => {}, behind: () => {} });
    for (let index = 0; index < 10; index += 1) writer.add(bytesOf(String(index)));
    for (let index = 0; index < 10; index += 1) expect(await received.next()).toBe(String(index));
    expect(writes).toHaveBeenCalledTimes(1);
  });
});

describe('the frames of a sheaf', () => {
  const payloads = [['{"a":"', '"}'], ['"no gap"'], [`"${'x'.repeat(200)}`, ' and ', '"']];
  const textsFor = (id: string, own: string) => payloads.map((pieces) => `{"id":${id},"type":"next","payload":${pieces.join(own)}}`);

  it.each([
    ['straight to the socket', undefined],
    ['by the interface of ws', null],
  ])('come to each reader with what is their own, %s', async (_what, plain) => {
    const sheaf = new Sheaf(payloads);
    const readers = await Promise.all(
      ['"1"', '"2"', '"another"', '"1"'].map(async (id, index) => ({ ...(await openPair()), id, own: bytesOf(`é${'o'.repeat(index % 2)}${index}`) })),
    );
    const turn = createTurn();
    for (const { far, id, own } of readers) createFrameWriter(far, turn, { sent: () => {}, behind: () => {} }, plain).addSheaf(sheaf, id, own);
    for (const { received, id, own } of readers)
      for (const text of textsFor(id, Buffer.from(own, 'latin1').toString('utf8'))) expect(await received.next()).toBe(text);
  });

  it('go out in one write with what else there is in the turn, in the order in which it was added', async () => {
    const { far, received } = await openPair();
    const plain = present(plainSocketOf(far), 'the socket below');
    const writes = vi.spyOn(plain, 'write');
    const writer = createFrameWriter(far, createTurn(), { sent: () => {}, behind: () => {} });
    const [one, other] = [new Sheaf([['"one ', '"']]), new Sheaf([['"other ', '"']])];
    writer.addSheaf(one, '"1"', 'a');
    writer.addSheaf(other, '"1"', 'b');
    writer.add('between');
    writer.addSheaf(one, '"1"', 'c');
    for (const text of ['"one a"', '"other b"', 'between', '"one c"']) expect(await received.next()).toContain(text);
    expect(writes).toHaveBeenCalledTimes(1);
  });

  it('stay as they are for whoever takes them late, whatever the next readers get', async () => {
    const sheaf = new Sheaf([
      [`"${'x'.repeat(16_000_000)}`, '"'],
      ['"end ', '"'],
    ]);
    const [slow, quick] = [await openPair(), await openPair()];
    slow.near.pause();
    const turn = createTurn();
    const behind = vi.fn();
    createFrameWriter(slow.far, turn, { sent: () => {}, behind }).addSheaf(sheaf, '"1"', 'slow');
    createFrameWriter(quick.far, turn, { sent: () => {}, behind: () => {} }).addSheaf(sheaf, '"2"', 'last');
    expect((await quick.received.next()).slice(-6)).toBe('last"}');
    expect(await quick.received.next()).toBe('{"id":"2","type":"next","payload":"end last"}');
    expect(behind).toHaveBeenCalledTimes(1);
    slow.near.resume();
    const first = await slow.received.next();
    expect([first.slice(0, 9), first.slice(-6)]).toEqual(['{"id":"1"', 'slow"}']);
    expect(await slow.received.next()).toBe('{"id":"1","type":"next","payload":"end slow"}');
  });
});

describe('the socket below', () => {
  it('is written to where frames keep their order with those of ws, which is tried at the start', () => {
    expect(framesKeepOrder()).toBe(true);
    expect(framesKeepOrder(() => null)).toBe(false);
    // Another version of ws might keep frames back, or below it might be something that is not what goes to the other side.
    expect(framesKeepOrder(() => new Socket().on('error', () => {}))).toBe(false);
    const late = (socket: WebSocket) => {
      const plain = present(plainSocketOf(socket), 'the socket below');
      const write = plain.write.bind(plain);
      return Object.assign(plain, { write: (text: string, encoding: BufferEncoding) => setImmediate(() => write(text, encoding)) !== undefined });
    };
    expect(framesKeepOrder(late)).toBe(false);
  });

  it('is left alone where it is not as we know it', async () => {
    const { far } = await openPair();
    expect(plainSocketOf(far)).not.toBeNull();
    Reflect.set(far, '_sender', {});
    expect(plainSocketOf(far)).toBeNull();
    Reflect.deleteProperty(far, '_sender');
    expect(plainSocketOf(far)).toBeNull();
  });
});
