import { BlockList, isIP } from 'node:net';

/** Networks of IPv4 that are not of the internet at large (IANA, special-purpose addresses). */
const otherFour = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/3',
] as const;

/** Within what is global of IPv6: those for protocols (Teredo, and others in which an address of IPv4 is), for examples, and 6to4. */
const otherSix = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'] as const;

/** All that is given out of IPv6 as global: one of IPv4 that is written as one of IPv6 (::ffff:10.0.0.1, 64:ff9b::10.0.0.1) is not in it. */
const globalSix = '2000::/3';

const listOf = (family: 'ipv4' | 'ipv6', networks: readonly string[]) => {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', bits] = network.split('/');
    list.addSubnet(address, Number(bits), family);
  }
  return list;
};

const notFour = listOf('ipv4', otherFour);
const notSix = listOf('ipv6', otherSix);
const six = listOf('ipv6', [globalSix]);

/** Whether an address is one of the internet, and not of this machine, of a network behind it, or of what only looks like another one. */
export function isPublicAddress(address: string): boolean {
  const version = isIP(address);
  if (version === 4) return !notFour.check(address, 'ipv4');
  return version === 6 && !address.includes('%') && six.check(address, 'ipv6') && !notSix.check(address, 'ipv6');
}
