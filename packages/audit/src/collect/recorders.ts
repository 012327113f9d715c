/** Commands that exist to watch users, as they would stand in a script, a timer or a hook. Data: what is looked for, and what it means. */

import type { ClaimId } from '@lethe/core';

export interface RecorderPattern {
  id: string;
  /** Extended regular expression for grep and for JavaScript alike. */
  pattern: string;
  records: string;
  claims: ClaimId[];
}

export const RECORDER_PATTERNS: readonly RecorderPattern[] = [
  {
    id: 'wg-show',
    pattern: '(^|[^a-z-])wg +show|wg-json|awg +show',
    records: 'asks WireGuard for addresses, handshakes and volumes of the peers',
    claims: ['CL-04', 'CL-08'],
  },
  {
    id: 'conntrack',
    pattern: 'conntrack +(-[a-zA-Z] +[^ ]+ +)*(-E|--event|-L|--dump)|/proc/net/nf_conntrack',
    records: 'reads the table of connections',
    claims: ['CL-01', 'CL-04'],
  },
  {
    id: 'capture',
    pattern: '(^|[^a-z-])(tcpdump|tshark|dumpcap|ngrep|tcpflow|softflowd|pmacctd|fprobe|darkstat)( |$)',
    records: 'captures traffic',
    claims: ['CL-01', 'CL-05'],
  },
  {
    id: 'packet-socket',
    pattern: 'AF_PACKET|PF_PACKET|ETH_P_ALL',
    records: 'opens a packet socket',
    claims: ['CL-01', 'CL-05'],
  },
  {
    id: 'resolver-dump',
    pattern:
      'unbound-control +(-[a-z] +[^ ]+ +)*(dump_cache|dump_requestlist|dump_infra|set_option +log)|rndc +(dumpdb|querylog)',
    records: 'has the resolver write out what it was asked',
    claims: ['CL-02'],
  },
  {
    id: 'vpn-status',
    pattern: 'openvpn-status|swanctl +--list-sas|ipsec +(status|trafficstatus)|occtl +show',
    records: 'asks the VPN daemon who is connected',
    claims: ['CL-04', 'CL-08'],
  },
  {
    id: 'request-logger',
    pattern: '(morgan|pino-?[hH]ttp|expressWinston\\.logger) *\\(|[fF]astify\\( *\\{[^}]{0,200}logger *: *(true|\\{)',
    records: 'logs the address and path of every request',
    claims: ['CL-04'],
  },
  {
    id: 'telemetry',
    pattern:
      '(Sentry|sentry_sdk|Bugsnag|Rollbar|Honeybadger)\\.(init|start|configure) *\\(|@opentelemetry/sdk|require\\(.(dd-trace|newrelic|elastic-apm-node).\\)',
    records: 'sends errors or traces of requests to another host',
    claims: ['CL-04', 'CL-14'],
  },
  {
    id: 'socket-list',
    pattern: '(^|[^a-z-])(ss|netstat|lsof) +-[a-zA-Z]{1,12} .{0,200}(>>|tee|logger|curl)',
    records: 'keeps lists of connections',
    claims: ['CL-01', 'CL-04'],
  },
];

/** One extended regular expression for all of them. */
export const ANY_RECORDER = RECORDER_PATTERNS.map(({ pattern }) => `(${pattern})`).join('|');
