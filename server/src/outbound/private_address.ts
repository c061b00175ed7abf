import { BlockList, isIPv4, isIPv6 } from 'node:net';

/** Everything that is not a public unicast address (IANA special-purpose registries for IPv4 and IPv6). */
const PRIVATE = new BlockList();
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
] as const) {
  PRIVATE.addSubnet(network, prefix, 'ipv4');
}
// Within the part of IPv6 that is given out at all.
for (const [network, prefix] of [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const) {
  PRIVATE.addSubnet(network, prefix, 'ipv6');
}
/** Global unicast is 2000::/3 and nothing else; IPv4-mapped addresses go by their IPv4 rules. */
const GIVEN_OUT = new BlockList();
GIVEN_OUT.addSubnet('2000::', 3, 'ipv6');
GIVEN_OUT.addSubnet('::ffff:0:0', 96, 'ipv6');

/** Whether an address, as the resolver wrote it, lies outside the public network. What is no address at all counts as private. */
export function isPrivateAddress(address: string): boolean {
  if (isIPv4(address)) return PRIVATE.check(address, 'ipv4');
  if (!isIPv6(address) || !GIVEN_OUT.check(address, 'ipv6')) return true;
  // BlockList reads IPv4-mapped addresses (::ffff:10.0.0.1) by their IPv4 rules.
  return PRIVATE.check(address, 'ipv6');
}
