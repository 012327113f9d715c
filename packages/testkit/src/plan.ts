/**
 * Who has which address in the test internet. Documentation prefixes only (RFC 5737, RFC 3849), because a server drops private and
 * link-local destinations, plus the real addresses of the root name servers, which any resolver has built in.
 *
 * `inet` is the router in the middle; every other place hangs on it by one link, clients hang on `isp`.
 */

export interface Place {
  name: string;
  /** The place's own addresses; its gateway is the same address less one. */
  ipv4: string;
  ipv4Gateway: string;
  ipv6: string;
  ipv6Gateway: string;
}

const place = (name: string, prefix: string, first: number, ipv6: string): Place => ({
  name,
  ipv4: `${prefix}${first + 2}`,
  ipv4Gateway: `${prefix}${first + 1}`,
  ipv6: `2001:db8:${ipv6}::2`,
  ipv6Gateway: `2001:db8:${ipv6}::1`,
});

export const IPV4_LENGTH = 29;
export const IPV6_LENGTH = 64;

/** Places with a link to the router, with /29 and /64 networks of their own. */
export const PLACES = {
  host: place('host', '198.51.100.', 0, '1'),
  isp: place('isp', '198.51.100.', 8, '2'),
  root: place('root', '198.51.100.', 16, '3'),
  tld: place('tld', '198.51.100.', 24, '4'),
  auth: place('auth', '198.51.100.', 32, '5'),
  web: place('web', '203.0.113.', 0, '6'),
  collector: place('collector', '203.0.113.', 8, '7'),
} as const satisfies Record<string, Place>;

export type PlaceName = keyof typeof PLACES;

/** Nobody answers here, and nobody says so: the router drops it. */
export const BLACK_HOLE = { ipv4: '198.51.100.250', ipv6: '2001:db8:dead::1' } as const;

/** Most clients an ISP can have. */
export const MAX_CLIENTS = 30;
export const CLIENT_NETWORKS = { ipv4: '203.0.113.128/25', ipv6: '2001:db8:c::/48' } as const;

/** Addresses of client number `index` (0 to 29), a /30 and a /64, and of the ISP's end of its link. */
export function clientPlace(name: string, index: number): Place {
  const base = 128 + index * 4;
  const prefix = `2001:db8:c:${index.toString(16)}`;
  return {
    name,
    ipv4: `203.0.113.${base + 2}`,
    ipv4Gateway: `203.0.113.${base + 1}`,
    ipv6: `${prefix}::2`,
    ipv6Gateway: `${prefix}::1`,
  };
}

/** The thirteen root name servers with the addresses resolvers have built in (b has changed its own: both are here). */
export const ROOT_SERVERS: readonly { letter: string; ipv4: string; ipv6: string }[] = [
  { letter: 'a', ipv4: '198.41.0.4', ipv6: '2001:503:ba3e::2:30' },
  { letter: 'b', ipv4: '170.247.170.2', ipv6: '2801:1b8:10::b' },
  { letter: 'c', ipv4: '192.33.4.12', ipv6: '2001:500:2::c' },
  { letter: 'd', ipv4: '199.7.91.13', ipv6: '2001:500:2d::d' },
  { letter: 'e', ipv4: '192.203.230.10', ipv6: '2001:500:a8::e' },
  { letter: 'f', ipv4: '192.5.5.241', ipv6: '2001:500:2f::f' },
  { letter: 'g', ipv4: '192.112.36.4', ipv6: '2001:500:12::d0d' },
  { letter: 'h', ipv4: '198.97.190.53', ipv6: '2001:500:1::53' },
  { letter: 'i', ipv4: '192.36.148.17', ipv6: '2001:7fe::53' },
  { letter: 'j', ipv4: '192.58.128.30', ipv6: '2001:503:c27::2:30' },
  { letter: 'k', ipv4: '193.0.14.129', ipv6: '2001:7fd::1' },
  { letter: 'l', ipv4: '199.7.83.42', ipv6: '2001:500:9f::42' },
  { letter: 'm', ipv4: '202.12.27.33', ipv6: '2001:dc3::35' },
];
export const FORMER_ROOT_ADDRESSES = { ipv4: ['199.9.14.201'], ipv6: ['2001:500:200::b'] } as const;

/** Every address the root answers on. */
export const rootAddresses = (): { ipv4: string[]; ipv6: string[] } => ({
  ipv4: [...ROOT_SERVERS.map((server) => server.ipv4), ...FORMER_ROOT_ADDRESSES.ipv4],
  ipv6: [...ROOT_SERVERS.map((server) => server.ipv6), ...FORMER_ROOT_ADDRESSES.ipv6],
});

/** Names of the test internet and what they stand for. */
export const SITE = {
  tld: 'example',
  zone: 'town.example',
  /** Web server over both families, over one only. */
  web: 'www.town.example',
  webIpv4: 'four.town.example',
  webIpv6: 'six.town.example',
  alias: 'alias.town.example',
  /** Any name under this one exists. */
  wildcard: 'wild.town.example',
  /** Kept by caches for a week, for a second. */
  longLived: 'long.town.example',
  shortLived: 'short.town.example',
  /** A TXT record too large for UDP. */
  large: 'large.town.example',
  collector: 'collector.town.example',
  missing: 'nobody.town.example',
  /** A zone without DNSSEC; one whose signatures do not hold; one whose servers never answer; one whose servers refuse. */
  unsigned: 'www.plain.example',
  forged: 'www.forged.example',
  silent: 'www.silent.example',
  refused: 'www.lame.example',
  /** What the web server answers with, next to the source address it saw. */
  greeting: 'You have reached the test internet.',
} as const;
