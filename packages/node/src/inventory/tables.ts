/** Tables of the kernel that can hold addresses: whether anything is in them, and how old it can be. */

import { existsSync, readFileSync } from 'node:fs';
import type { Measurement, Probe } from '@lethe/core/inventory';
import { FAILED, screened } from './screened.ts';

/** Seconds since an entry was last written, one on each line. */
const TCP_METRICS = `{ ip tcp_metrics show 2>/dev/null || echo '${FAILED}'; } | while read -r line; do
  case $line in
    '${FAILED}') echo '${FAILED}';;
    *' age '*) age=\${line#* age }; echo "\${age%%sec*}";;
    *) echo -;;
  esac
done`;

/** A word for each line. */
const lineFor = (command: string): string =>
  `{ ${command} 2>/dev/null || echo '${FAILED}'; } | while read -r line; do case $line in '${FAILED}') echo '${FAILED}';; *) echo -;; esac; done`;

const ROUTE_EXCEPTIONS = `${lineFor('ip -4 route show cache')}; ${lineFor('ip -6 route show cache')}`;
const NEIGHBOURS = lineFor('ip neigh show');

/** Measures TCP metrics, route exceptions, neighbours and fragments. Nothing is older than the time since the server forgot. */
export const tablesMeasured = (sinceForgottenS: number): [Probe, () => Promise<Measurement> | Measurement][] => [
  ['tcp-metrics', () => tcpMetrics(sinceForgottenS)],
  ['route-exceptions', () => presence('route-exceptions', ROUTE_EXCEPTIONS, sinceForgottenS)],
  ['neighbours', () => presence('neighbours', NEIGHBOURS, sinceForgottenS)],
  ['fragments', fragments],
];

async function tcpMetrics(sinceForgottenS: number): Promise<Measurement> {
  const probe = 'tcp-metrics';
  const rows = await screened(TCP_METRICS);
  if (rows === null) return { probe, present: null, ageS: null };
  const ages = rows.map(([age]) => (Number.isFinite(Number(age)) ? Math.ceil(Number(age)) : sinceForgottenS));
  return ages.length === 0 ? absent(probe) : { probe, present: true, ageS: Math.max(...ages) };
}

async function presence(probe: Probe, script: string, ageS: number): Promise<Measurement> {
  const rows = await screened(script);
  if (rows === null) return { probe, present: null, ageS: null };
  return rows.length === 0 ? absent(probe) : { probe, present: true, ageS };
}

/** How long the kernel waits for the rest of a packet, in seconds. */
const FRAGMENT_TIMES = [
  '/proc/sys/net/ipv4/ipfrag_time',
  '/proc/sys/net/ipv6/ip6frag_time',
  '/proc/sys/net/netfilter/nf_conntrack_frag6_timeout',
];

function fragments(): Measurement {
  const text = ['/proc/net/sockstat', '/proc/net/sockstat6']
    .filter(existsSync)
    .map((path) => readFileSync(path, 'utf8'));
  const waiting = fragmentsWaiting(text.join(''));
  const probe = 'fragments';
  if (waiting === null) return { probe, present: null, ageS: null };
  const ageS = Math.max(...FRAGMENT_TIMES.filter(existsSync).map((path) => Number(readFileSync(path, 'utf8'))));
  return waiting ? { probe, present: true, ageS } : absent(probe);
}

/** From the text of /proc/net/sockstat and sockstat6; null if it does not tell. */
export function fragmentsWaiting(text: string): boolean | null {
  const found = [...text.matchAll(/^FRAG6?: inuse (\d+) memory (\d+)$/gm)];
  return found.length === 0 ? null : found.some(([, inUse, memory]) => Number(inUse) + Number(memory) > 0);
}

const absent = (probe: Probe): Measurement => ({ probe, present: false, ageS: null });
