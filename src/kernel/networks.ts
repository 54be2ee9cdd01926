import { BlockList, isIP, isIPv6 } from 'node:net';

/** A part of the internet: addresses that begin with the same bits. */
export interface Network {
  readonly address: string;
  readonly bits: number;
  readonly family: 'ipv4' | 'ipv6';
}

/** A network such as `10.0.0.0/8` or `2001:db8::/32`, or one address, which is the network of itself. Null where it is none. */
export function networkOf(text: string): Network | null {
  const [, address = '', bits] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const version = isIP(address);
  if (version === 0 || address.includes('%')) return null;
  const most = version === 4 ? 32 : 128;
  const length = bits === undefined ? most : Number(bits);
  // With none in common it is everybody, and everybody could say who they are.
  if (length === 0 || length > most) return null;
  return { address, bits: length, family: version === 4 ? 'ipv4' : 'ipv6' };
}

/** Who calls, by the way that the call came. */
export interface Callers {
  /**
   * The address that counts for limits, in one form for each: that of the peer, or where the peer is a trusted proxy the last one in its
   * `X-Forwarded-For` that is not. Of IPv6 the network of 64 bits, because each house has as many addresses as it likes. Empty where there is no peer.
   */
  addressOf(peer: string | undefined, forwarded: string | undefined): string;
  isTrusted(peer: string | undefined): boolean;
}

/** Makes it for the networks of the proxies that are trusted. */
export function createCallers(trusted: readonly Network[]): Callers {
  const list = new BlockList();
  for (const { address, bits, family } of trusted) list.addSubnet(address, bits, family);
  const isListed = (address: string) => list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');

  return {
    isTrusted(peer) {
      const address = plainAddressOf(peer ?? '');
      return address !== null && isListed(address);
    },
    addressOf(peer, forwarded) {
      let address = plainAddressOf(peer ?? '');
      if (address === null) return '';
      const hops = forwarded?.split(',') ?? [];
      // From the right: each proxy adds whom it has heard, and what stands left of that anybody may have written.
      while (isListed(address)) {
        const hop = hops.pop();
        const before = hop === undefined ? null : plainAddressOf(hop);
        if (before === null) break;
        address = before;
      }
      return isIPv6(address) ? houseOf(address) : address;
    },
  };
}

/** An address as it stands for a peer or in a list of proxies: with or without a port, brackets, quotes, and as IPv6 though it is of IPv4. */
function plainAddressOf(text: string): string | null {
  const bare = text.trim().replace(/^"(.*)"$/, '$1');
  const [, inside, host = bare] = /^(?:\[([^\]]*)\]|([^:]*))(?::\d{1,5})?$/.exec(bare) ?? [];
  const [address = ''] = (inside ?? host).split('%', 1);
  const version = isIP(address);
  if (version === 0) return null;
  if (version === 4) return address;
  const groups = groupsOf(address);
  const [high = 0, low = 0] = groups.slice(6);
  const isMapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
  return isMapped ? [high >> 8, high & 255, low >> 8, low & 255].join('.') : address;
}

const houseOf = (address: string) =>
  `${groupsOf(address)
    .slice(0, 4)
    .map((group) => group.toString(16))
    .join(':')}::/64`;

/** The eight numbers of an address of IPv6. */
function groupsOf(address: string): number[] {
  // The URL standard writes the end as hexadecimal numbers, however it was given.
  const [left = '', right] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const numbers = (part = '') => (part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16)));
  const [before, after] = [numbers(left), numbers(right)];
  return [...before, ...Array<number>(8 - before.length - after.length).fill(0), ...after];
}
