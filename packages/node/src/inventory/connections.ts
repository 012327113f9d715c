/** How long ago the last packet of any tracked connection was: the kernel keeps no times of birth, but it counts down. */

import { readFileSync } from 'node:fs';
import type { Measurement } from '@lethe/core/inventory';
import { FAILED, screened } from './screened.ts';

/** Protocol, seconds left, state, and whether it was answered, of every entry. No address passes. */
const SCRIPT = `for family in ipv4 ipv6; do
  conntrack -L -f $family 2>/dev/null || echo '${FAILED}'
done | while read -r protocol number left state rest; do
  case $protocol in '${FAILED}') echo '${FAILED}'; continue;; esac
  case $state in *=*) state=-;; esac
  case $rest in *ASSURED*) answered=ASSURED;; *) answered=-;; esac
  echo "$protocol $left $state $answered"
done`;

/** Seconds the kernel gives an entry after its last packet, by the name of its setting. Throws where there is no such setting. */
export type TimeoutOf = (setting: string) => number;

const timeoutNow: TimeoutOf = (setting) =>
  Number(readFileSync(`/proc/sys/net/netfilter/nf_conntrack_${setting}`, 'utf8'));

export async function connectionsMeasured(): Promise<Measurement> {
  const rows = await screened(SCRIPT);
  if (rows === null) return { probe: 'connections', present: null, ageS: null };
  if (rows.length === 0) return { probe: 'connections', present: false, ageS: null };
  return { probe: 'connections', present: true, ageS: Math.max(...rows.map((row) => idleS(row, timeoutNow))) };
}

/**
 * Seconds since the last packet of an entry, or the seconds it has left where those are more than its setting gives: one that was made
 * under another setting will be that old.
 */
export function idleS([protocol = '', left = '', state = '', answered = '']: string[], timeoutOf: TimeoutOf): number {
  const given = timeoutOf(settingFor(protocol, state, answered));
  const rest = Number(left);
  if (!Number.isSafeInteger(rest) || !Number.isSafeInteger(given)) throw new Error('A connection without a time');
  return rest > given ? rest : given - rest;
}

function settingFor(protocol: string, state: string, answered: string): string {
  switch (protocol) {
    case 'tcp':
      return `tcp_timeout_${state === 'SYN_SENT2' ? 'syn_sent' : state.toLowerCase()}`;
    case 'udp':
      return answered === 'ASSURED' ? 'udp_timeout_stream' : 'udp_timeout';
    case 'icmp':
      return 'icmp_timeout';
    case 'icmpv6':
      return 'icmpv6_timeout';
    case 'sctp':
    case 'dccp':
    case 'gre':
      // States of their own; none is kept longer than an established TCP connection.
      return 'tcp_timeout_established';
    default:
      return 'generic_timeout';
  }
}
