import { describe, expect, it } from 'vitest';
import { createCallers, type Network, networkOf } from '../../src/kernel/networks.ts';

const networks = (...texts: string[]) =>
  texts.map((text): Network => {
    const network = networkOf(text);
    if (network === null) throw new Error(`${text} is no network`);
    return network;
  });

const callers = createCallers(networks('127.0.0.0/8', '10.0.0.0/8', '::1', 'fd00::/8'));

describe('the address of a caller', () => {
  it.each([
    // Nobody is believed who is not trusted.
    ['203.0.113.9', undefined, '203.0.113.9'],
    ['203.0.113.9', '198.51.100.1', '203.0.113.9'],
    ['203.0.113.9', '127.0.0.1', '203.0.113.9'],
    // From the right, past proxies that are trusted.
    ['127.0.0.1', '198.51.100.1', '198.51.100.1'],
    ['127.0.0.1', '198.51.100.1, 203.0.113.9', '203.0.113.9'],
    ['127.0.0.1', '198.51.100.1, 203.0.113.9, 10.1.2.3', '203.0.113.9'],
    ['127.0.0.1', '203.0.113.9,10.1.2.3,  10.0.0.9\t', '203.0.113.9'],
    ['10.9.9.9', '6.6.6.6, 7.7.7.7, 203.0.113.9', '203.0.113.9'],
    // All are proxies: the one that is farthest away.
    ['127.0.0.1', '10.0.0.1, 10.0.0.2', '10.0.0.1'],
    ['127.0.0.1', undefined, '127.0.0.1'],
    // What is no address counts for nothing, nor does what stands left of it.
    ['127.0.0.1', '', '127.0.0.1'],
    ['127.0.0.1', ',', '127.0.0.1'],
    ['127.0.0.1', 'unknown', '127.0.0.1'],
    ['127.0.0.1', '198.51.100.1, unknown', '127.0.0.1'],
    ['127.0.0.1', '198.51.100.1,', '127.0.0.1'],
    ['127.0.0.1', '198.51.100.1, _hidden, 10.0.0.1', '10.0.0.1'],
    ['127.0.0.1', '198.51.100.1 203.0.113.9', '127.0.0.1'],
    ['127.0.0.1', '256.1.1.1', '127.0.0.1'],
    ['127.0.0.1', '1.2.3', '127.0.0.1'],
    ['127.0.0.1', '0x7f.0.0.1', '127.0.0.1'],
    ['127.0.0.1', '198.51.100.1/32', '127.0.0.1'],
    ['127.0.0.1', '198.51.100.1:port', '127.0.0.1'],
    ['127.0.0.1', '[198.51.100.1', '127.0.0.1'],
    ['127.0.0.1', 'for=198.51.100.1', '127.0.0.1'],
    ['127.0.0.1', 'x'.repeat(16_000), '127.0.0.1'],
    // As proxies write it.
    ['127.0.0.1', '198.51.100.1:4711', '198.51.100.1'],
    ['127.0.0.1', '"198.51.100.1"', '198.51.100.1'],
    ['127.0.0.1', '[2001:db8:1:2:3:4:5:6]:443', '2001:db8:1:2::/64'],
    ['127.0.0.1', '"[2001:db8::7]"', '2001:db8:0:0::/64'],
    ['127.0.0.1', '2001:DB8::7', '2001:db8:0:0::/64'],
    // One house, however many addresses it takes.
    ['2001:db8:1:2::1', undefined, '2001:db8:1:2::/64'],
    ['2001:db8:1:2:ffff:ffff:ffff:ffff', undefined, '2001:db8:1:2::/64'],
    ['2001:db8:1:3::1', undefined, '2001:db8:1:3::/64'],
    ['2001:db8::1:2:3:4:5', undefined, '2001:db8:0:1::/64'],
    ['fe80::1%eth0', undefined, 'fe80:0:0:0::/64'],
    ['::', undefined, '0:0:0:0::/64'],
    ['::7', '198.51.100.1', '0:0:0:0::/64'],
    // The same as without the form of IPv6.
    ['::ffff:203.0.113.9', undefined, '203.0.113.9'],
    ['::ffff:cb00:7109', undefined, '203.0.113.9'],
    ['::ffff:127.0.0.1', '::ffff:198.51.100.1', '198.51.100.1'],
    ['::1', '203.0.113.9', '203.0.113.9'],
    ['fd12::1', '203.0.113.9, fd00::2', '203.0.113.9'],
    // Inside this process.
    [undefined, undefined, ''],
    [undefined, '203.0.113.9', ''],
    ['', '203.0.113.9', ''],
  ])('%s that was forwarded by %s is %s', (peer, forwarded, address) => {
    expect(callers.addressOf(peer, forwarded)).toBe(address);
  });

  it('is that of the peer where nobody is trusted', () => {
    const nobody = createCallers([]);
    for (const peer of ['127.0.0.1', '10.0.0.1', '203.0.113.9']) expect(nobody.addressOf(peer, '198.51.100.1')).toBe(peer);
    expect(nobody.isTrusted('127.0.0.1')).toBe(false);
    expect(callers.isTrusted('::ffff:127.0.0.1')).toBe(true);
    expect(callers.isTrusted(undefined)).toBe(false);
  });
});

describe('a network', () => {
  it.each(['10.0.0.0/8', '192.168.1.7', '192.168.1.7/32', '2001:db8::/32', '::1', '::1/128', '::ffff:10.0.0.0/104'])('is %s', (text) => {
    expect(networkOf(text)).not.toBeNull();
  });

  it.each([
    '',
    '10',
    '10.0.0.0/33',
    '10.0.0.0/-1',
    '10.0.0.0/',
    '10.0.0.0/8/8',
    '0.0.0.0/0',
    '::/0',
    '::/129',
    'localhost',
    '*',
    'fe80::1%eth0',
    '[::1]',
    '10.0.0.*',
  ])('is not "%s"', (text) => {
    expect(networkOf(text)).toBeNull();
  });
});
