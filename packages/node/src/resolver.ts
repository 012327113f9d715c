/**
 * The configuration of the server's own resolver, as a pure function. Unbound recurses from the root, so that no other operator's
 * resolver sees a customer's lookups (CL-03), and it writes nothing anywhere (CL-02).
 */

import { TUNNEL } from '@lethe/core/tunnel';
import { MULTICAST_IPV4, MULTICAST_IPV6, PRIVATE_IPV4, PRIVATE_IPV6 } from './addresses.ts';

/** Where the filter finds the resolver. */
export const RESOLVER = { address: '127.0.0.1', port: 5353 } as const;

export interface ResolverOptions {
  pidFile: string;
  /** Trust anchors (DS or DNSKEY lines), or null for the public root's from `anchorFile`. */
  rootAnchors: readonly string[] | null;
  anchorFile: string;
  /** Root hints, or null for those built into Unbound. */
  hintsFile: string | null;
}

/** One DS or DNSKEY record of a zone in presentation format, without anything that could end a quoted value. */
const ANCHOR = /^[A-Za-z0-9._-]+[ \t]+(?:[0-9]+[ \t]+)?(?:IN[ \t]+)?(?:DS|DNSKEY)[ \t]+[A-Za-z0-9+/= \t]+$/;

/** True if the text can stand in the configuration as a trust anchor. */
export const isTrustAnchor = (text: unknown): text is string =>
  typeof text === 'string' && text.length <= 2048 && ANCHOR.test(text);

const SILENCE = [
  'verbosity: 0',
  'use-syslog: no',
  'logfile: ""',
  'log-queries: no',
  'log-replies: no',
  'log-local-actions: no',
  'log-servfail: no',
  'val-log-level: 0',
  'statistics-interval: 0',
  'statistics-cumulative: no',
  'extended-statistics: no',
];

const MINIMUM_UPSTREAM = [
  // Strict minimisation leaves many misconfigured domains unreachable. A relaxed resolver falls back to the full name only where the
  // answer is an unsigned denial; the root and the top-level domains sign theirs, and a signed denial ends the lookup below it.
  'qname-minimisation: yes',
  'qname-minimisation-strict: no',
  'harden-below-nxdomain: yes',
  'aggressive-nsec: yes',
  'hide-identity: yes',
  'hide-version: yes',
  'hide-trustanchor: yes',
  'module-config: "validator iterator"',
];

const SAFETY = [
  'harden-glue: yes',
  'harden-dnssec-stripped: yes',
  'harden-algo-downgrade: yes',
  'harden-large-queries: yes',
  'deny-any: yes',
  'minimal-responses: yes',
  'unwanted-reply-threshold: 10000000',
  'edns-buffer-size: 1232',
  // A port the firewall gives to WireGuard.
  `outgoing-port-avoid: ${TUNNEL.listenPort}`,
];

/** The cache is the customer's history in memory: small, short, never refreshed without a question. */
const SMALL_CACHE = [
  'cache-max-ttl: 3600',
  'cache-max-negative-ttl: 300',
  'infra-host-ttl: 900',
  'infra-cache-numhosts: 2000',
  'prefetch: no',
  'prefetch-key: no',
  'serve-expired: no',
  'msg-cache-size: 2m',
  'rrset-cache-size: 4m',
  'key-cache-size: 512k',
  'neg-cache-size: 512k',
  'num-threads: 1',
  'outgoing-range: 512',
  'num-queries-per-thread: 256',
  'incoming-num-tcp: 20',
  'outgoing-num-tcp: 20',
];

/** The whole unbound.conf. Throws a TypeError for an anchor that `isTrustAnchor` refuses. */
export function unboundConfig(options: ResolverOptions): string {
  if (options.rootAnchors && !options.rootAnchors.every(isTrustAnchor))
    throw new TypeError('A trust anchor is malformed.');
  const lines = [
    'username: "unbound"',
    'chroot: ""',
    'directory: "/"',
    'do-daemonize: no',
    `pidfile: "${options.pidFile}"`,
    // Behind the filter: devices never speak with it themselves.
    `interface: ${RESOLVER.address}@${RESOLVER.port}`,
    'access-control: 0.0.0.0/0 refuse',
    'access-control: ::/0 refuse',
    `access-control: ${RESOLVER.address}/32 allow`,
    'do-ip4: yes',
    'do-ip6: yes',
    ...SILENCE,
    ...MINIMUM_UPSTREAM,
    ...SAFETY,
    ...SMALL_CACHE,
    ...[...PRIVATE_IPV4, ...PRIVATE_IPV6].map((range) => `private-address: ${range}`),
    ...[...PRIVATE_IPV4, ...PRIVATE_IPV6, ...MULTICAST_IPV4, ...MULTICAST_IPV6].map(
      (range) => `do-not-query-address: ${range}`,
    ),
    // Built-in answer "no such domain" taken away: the root says the same, and a test internet may own it.
    'local-zone: "test." nodefault',
    ...(options.hintsFile ? [`root-hints: "${options.hintsFile}"`] : []),
    ...(options.rootAnchors
      ? options.rootAnchors.map((anchor) => `trust-anchor: "${anchor}"`)
      : [`trust-anchor-file: "${options.anchorFile}"`]),
  ];
  return ['server:', ...lines.map((line) => `\t${line}`), 'remote-control:', '\tcontrol-enable: no', ''].join('\n');
}
