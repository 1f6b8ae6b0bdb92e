import { lookup as lookupName } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';

/** The addresses of a host name; rejects where there are none. */
export type Lookup = (hostname: string) => Promise<readonly string[]>;

/** As the operating system knows names. */
export const systemLookup: Lookup = async hostname => (await lookupName(hostname, { all: true })).map(({ address }) => address);

/** Networks that only machines near by can reach, and addresses that are nobody's: RFC 6890, 6598, 4193, 4291. */
const NETWORKS: readonly (readonly [address: string, prefix: number, family: 'ipv4' | 'ipv6'])[] = [
  ['0.0.0.0', 8, 'ipv4'],
  ['10.0.0.0', 8, 'ipv4'],
  ['100.64.0.0', 10, 'ipv4'],
  ['127.0.0.0', 8, 'ipv4'],
  ['169.254.0.0', 16, 'ipv4'],
  ['172.16.0.0', 12, 'ipv4'],
  ['192.0.0.0', 24, 'ipv4'],
  ['192.168.0.0', 16, 'ipv4'],
  ['198.18.0.0', 15, 'ipv4'],
  ['224.0.0.0', 3, 'ipv4'],
  ['::', 127, 'ipv6'],
  ['fc00::', 7, 'ipv6'],
  ['fe80::', 10, 'ipv6'],
  ['ff00::', 8, 'ipv6'],
  // What goes through a translator to an IPv4 network of its own.
  ['64:ff9b:1::', 48, 'ipv6'],
];

function createPrivateList(): BlockList {
  const list = new BlockList();
  for (const [address, prefix, family] of NETWORKS) list.addSubnet(address, prefix, family);
  return list;
}

/** Whether an IP address is private, loopback, link-local or otherwise not of the public internet. */
export function isPrivateAddress(address: string): boolean {
  const family = isIP(address);
  // An IPv4 address within IPv6 is found by the rules of IPv4.
  const embedded = /^(?:::ffff:|64:ff9b::)(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1] ?? mappedHex(address);
  if (embedded !== undefined) return isPrivateAddress(embedded);
  return family !== 0 && createPrivateList().check(address, family === 6 ? 'ipv6' : 'ipv4');
}

/** `::ffff:7f00:1` as `127.0.0.1`: the form in which URLs hold mapped addresses. */
function mappedHex(address: string): string | undefined {
  const match = /^(?:::ffff:|64:ff9b::)([0-9a-f]{1,4}):([0-9a-f]{1,4})$/i.exec(address);
  if (!match) return undefined;
  const [high, low] = [parseInt(match[1]!, 16), parseInt(match[2]!, 16)];
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}

/**
 * Whether one of the addresses of a host is private. A host that has none is not.
 *
 * @param hostname as `URL.hostname` gives it, IPv6 in brackets.
 */
export async function reachesPrivateAddress(hostname: string, lookup: Lookup = systemLookup): Promise<boolean> {
  const literal = hostname.replace(/^\[|\]$/g, '');
  if (isIP(literal) !== 0) return isPrivateAddress(literal);
  return await lookup(hostname).then(
    addresses => addresses.some(isPrivateAddress),
    () => false,
  );
}
