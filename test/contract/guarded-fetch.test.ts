import dns, { type LookupAddress } from 'node:dns';
import { syncBuiltinESMExports } from 'node:module';
import { describe, expect, it } from 'vitest';
import { isPublicAddress } from '../../src/kernel/public-addresses.ts';
import { createGuardedFetch } from '../../src/platform/guarded-fetch.ts';
import { startKeyServer } from '../support/key-server.ts';
import { closeLater } from '../support/lifetime.ts';

const bounds = { mostBytes: 1000, ms: 2000 } as const;
const open = createGuardedFetch({ ...bounds, allowsPrivate: true });
const guarded = createGuardedFetch({ ...bounds, allowsPrivate: false });

describe('an address of the internet', () => {
  it.each(['8.8.8.8', '1.1.1.1', '172.15.0.1', '172.32.0.1', '100.63.0.1', '2606:4700::1111', '2a00:1450::1'])('is %s', (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });

  it.each([
    '0.0.0.0',
    '10.1.2.3',
    '100.64.0.1',
    '127.0.0.1',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '198.18.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::ffff:10.0.0.1',
    '::ffff:8.8.8.8',
    '64:ff9b::a00:1',
    'fc00::1',
    'fd12:3456::1',
    'fe80::1',
    'fe80::1%lo',
    'ff02::1',
    '2001::1',
    '2001:db8::1',
    '2002:a00:1::',
    'localhost',
    '',
  ])('is not %s', (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });
});

describe('what is got from an address that somebody gave', () => {
  it('is its text, also behind a redirect to the same host', async () => {
    const server = await startKeyServer();
    server.answer((request, response) => {
      if (request.url === '/keys') response.writeHead(302, { location: '/other' }).end();
      else response.end('text');
    });
    expect(await open.text(server.url)).toBe('text');
  });

  it('is nothing in the own network, by name, by address and in whatever way it is written', async () => {
    const server = await startKeyServer();
    const { port } = new URL(server.url);
    for (const host of ['127.0.0.1', 'localhost', '127.1', '0x7f000001', '2130706433', '[::1]', '[::ffff:127.0.0.1]', '0.0.0.0', '169.254.169.254'])
      await expect(guarded.text(`https://${host}:${port}/keys`), host).rejects.toThrow(/address of the internet/);
    expect(server.asked()).toBe(0);
  });

  it('does not come by a name that means the own network when it is asked once more, or beside an address of the internet', async () => {
    const server = await startKeyServer();
    const { port } = new URL(server.url);
    // Nobody answers at the address of the internet here: it ends with the time.
    const soon = createGuardedFetch({ ...bounds, ms: 300, allowsPrivate: false });
    const [far, near] = [
      { address: '1.1.1.1', family: 4 },
      { address: '127.0.0.1', family: 4 },
    ] as const;
    for (const answers of [[[far], [near]], [[far, near]], [[near, far]], [[near], [near]]]) {
      const asked = nameServer(answers);
      await expect(soon.text(`https://keys.example:${port}/keys`), JSON.stringify(answers)).rejects.toThrow();
      expect(asked()).toBe(1);
    }
    expect(server.connected()).toBe(0);
    // The name is the one that is asked for: where private addresses are allowed it leads there.
    nameServer([[near]]);
    expect(await open.text(`http://keys.example:${port}/keys`)).toContain('keys');
  });

  it('comes by https only', async () => {
    const server = await startKeyServer();
    await expect(guarded.text(server.url)).rejects.toThrow('http: is not allowed');
    for (const url of ['file:///etc/passwd', 'ftp://example.com/', 'data:,x']) await expect(open.text(url), url).rejects.toThrow('is not allowed');
    expect(server.asked()).toBe(0);
  });

  it('does not come from another host, nor from one that sends on for ever', async () => {
    const [server, other] = [await startKeyServer(), await startKeyServer()];
    for (const location of [other.url, other.url.replace('http://', '//')]) {
      server.answer((_request, response) => void response.writeHead(301, { location }).end());
      await expect(open.text(server.url), location).rejects.toThrow('another host');
    }
    server.answer((_request, response) => void response.writeHead(307, { location: '/keys' }).end());
    await expect(open.text(server.url)).rejects.toThrow('without an end');
    expect(other.asked()).toBe(0);
  });

  it('has at most so many bytes, whatever it says of its length', async () => {
    const server = await startKeyServer();
    const long = 'x'.repeat(1001);
    server.answer((_request, response) => void response.writeHead(200, { 'content-length': 1001 }).end(long));
    await expect(open.text(server.url)).rejects.toThrow('more than 1000 bytes');
    // In pieces, without a length.
    server.answer((_request, response) => {
      response.write(long.slice(0, 600));
      response.end(long);
    });
    await expect(open.text(server.url)).rejects.toThrow('more than 1000 bytes');
    // Less than it says.
    server.answer((_request, response) => {
      response.writeHead(200, { 'content-length': 900 });
      response.write('{"keys":[]}', () => response.destroy());
    });
    await expect(open.text(server.url)).rejects.toThrow();
    // More than it says: what it says is what it is.
    server.answer((request) => void request.socket.end('HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\ntext and more'));
    expect(await open.text(server.url).catch(() => 'refused')).toMatch(/^(text|refused)$/);
    server.answer((_request, response) => void response.end('x'.repeat(1000)));
    expect(await open.text(server.url)).toHaveLength(1000);
  });

  it('comes in time, and neither compressed nor with another status', async () => {
    const server = await startKeyServer();
    const soon = createGuardedFetch({ ...bounds, ms: 100, allowsPrivate: true });
    server.answer(() => {});
    await expect(soon.text(server.url)).rejects.toThrow();
    // It begins, and then comes byte by byte.
    server.answer((_request, response) => {
      const timer = setInterval(() => response.write(' '), 20);
      response.on('close', () => clearInterval(timer));
    });
    await expect(soon.text(server.url)).rejects.toThrow();
    // It wants to speak something else: Node's request is over then without a word.
    server.answer(({ socket }) => void socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n'));
    await expect(soon.text(server.url)).rejects.toThrow('timeout');
    server.answer((_request, response) => void response.writeHead(200, { 'content-encoding': 'gzip' }).end('x'));
    await expect(open.text(server.url)).rejects.toThrow('compressed');
    for (const status of [204, 304, 404, 500]) {
      server.answer((_request, response) => void response.writeHead(status).end());
      await expect(open.text(server.url), String(status)).rejects.toThrow(`the answer is ${status}`);
    }
  });
});

/** Answers every question for the addresses of a name, the last answer again and again, until the end of the test. Gives how often it was asked. */
function nameServer(answers: readonly (readonly LookupAddress[])[]): () => number {
  const { lookup } = dns;
  let count = 0;
  const answer = (_name: string, _options: object, callback: (error: null, found: readonly LookupAddress[]) => void) => {
    const found = answers[Math.min(count, answers.length - 1)] ?? [];
    count += 1;
    setImmediate(callback, null, found);
  };
  const use = (how: object) => {
    Object.assign(dns, { lookup: how });
    syncBuiltinESMExports();
  };
  use(answer);
  closeLater(() => use(lookup));
  return () => count;
}
