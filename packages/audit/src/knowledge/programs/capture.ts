import type { Program, Recording } from '../program.ts';

const packets: Recording = {
  records: 'copies packets off the network',
  claims: ['CL-01', 'CL-04', 'CL-05'],
  mend: 'Stop it, remove the package and delete its files.',
};

const inspector: Recording = {
  records: 'inspects traffic and logs connections, names and services',
  claims: ['CL-01', 'CL-02', 'CL-04', 'CL-05', 'CL-06', 'CL-07'],
  mend: 'Stop it, remove the package and delete its logs.',
};

const tracer: Recording = {
  records: 'watches what other programs read and write',
  claims: ['CL-01', 'CL-02', 'CL-04', 'CL-05'],
  mend: 'Stop it and remove the package; no server needs a tracer while it serves users.',
};

const capture = (
  id: string,
  name: string,
  names: string[],
  byDefault: string,
  always: Recording,
  sources: string[],
  traps: string[] = [],
): Program => ({ id, name, role: 'capture', recognise: { names }, byDefault, traps, always, sources });

export const CAPTURE: readonly Program[] = [
  capture(
    'tcpdump',
    'tcpdump',
    ['tcpdump'],
    'Prints or saves the packets of an interface.',
    packets,
    ['tcpdump 4.99.3: tcpdump(8)'],
    [
      'The file may be unlinked already; only the open descriptor shows it.',
      'A filter that looks harmless, such as `port 53`, records every lookup.',
    ],
  ),
  capture('tshark', 'tshark', ['tshark', 'wireshark', 'rawshark'], 'Decodes the packets of an interface.', packets, [
    'Wireshark 4: tshark(1)',
  ]),
  capture(
    'dumpcap',
    'dumpcap',
    ['dumpcap'],
    'Saves the packets of an interface to files.',
    packets,
    ['Wireshark 4: dumpcap(1)'],
    ['tshark and Wireshark start it; it stays if they are killed.'],
  ),
  capture('ngrep', 'ngrep', ['ngrep'], 'Prints packets whose content matches.', packets, ['ngrep 1.47: ngrep(8)']),
  capture('netsniff-ng', 'netsniff-ng', ['netsniff-ng'], 'Saves the packets of an interface.', packets, [
    'netsniff-ng 0.6: netsniff-ng(8)',
  ]),
  capture(
    'suricata',
    'Suricata',
    ['suricata', 'Suricata-Main'],
    'Writes alerts, flows, DNS, TLS and HTTP events to eve.json.',
    inspector,
    ['Suricata 7: suricata.yaml'],
  ),
  capture('snort', 'Snort', ['snort', 'snort3'], 'Inspects every packet and logs alerts with addresses.', inspector, [
    'Snort 2.9: snort(8)',
  ]),
  capture('zeek', 'Zeek', ['zeek', 'bro'], 'Logs every connection, lookup and TLS name.', inspector, [
    'Zeek 6: conn.log, dns.log, ssl.log',
  ]),
  capture(
    'p0f',
    'p0f',
    ['p0f'],
    'Fingerprints the hosts that connect.',
    { ...packets, records: 'fingerprints connecting hosts from their packets', claims: ['CL-01', 'CL-04', 'CL-05'] },
    ['p0f 3.09b: README'],
  ),
  capture(
    'arpwatch',
    'arpwatch',
    ['arpwatch'],
    'Keeps a file of hardware and network addresses with times.',
    {
      ...packets,
      records: 'keeps a file of the hardware and network addresses it sees, with times',
      claims: ['CL-04'],
    },
    ['arpwatch 2.1a15: arpwatch(8)'],
  ),
  {
    id: 'conntrack',
    name: 'conntrack',
    role: 'capture',
    recognise: { names: ['conntrack'], argv: '\\s(?:-E|--event)\\b' },
    byDefault: 'With -E prints every connection that begins and ends.',
    traps: ['A listing without -E is a single look and not a record; only the events are judged here.'],
    always: {
      records: 'prints every connection that begins and ends, with addresses and ports',
      claims: ['CL-01', 'CL-04', 'CL-06', 'CL-07'],
      mend: 'Stop it and remove what starts it.',
    },
    sources: ['conntrack-tools 1.4.7: conntrack(8)'],
  },
  {
    id: 'conntrackd',
    name: 'conntrackd',
    role: 'capture',
    recognise: { names: ['conntrackd'] },
    byDefault: "Follows the kernel's connection table, for another host or, with a Stats section, for a log file.",
    traps: [],
    always: {
      records: 'follows every connection in the kernel and sends or logs it',
      claims: ['CL-01', 'CL-04', 'CL-06', 'CL-07'],
      mend: 'Stop and disable conntrackd.',
    },
    sources: ['conntrack-tools 1.4.7: conntrackd.conf(5)'],
  },
  capture('strace', 'strace', ['strace'], 'Shows the system calls of a program, data included.', tracer, [
    'strace 6.1: strace(1)',
  ]),
  capture('ltrace', 'ltrace', ['ltrace'], 'Shows the library calls of a program, data included.', tracer, [
    'ltrace 0.7: ltrace(1)',
  ]),
  capture('gdb', 'GDB', ['gdb', 'gdbserver', 'gcore'], 'Reads and writes the memory of a program.', tracer, [
    'GDB 13: gdb(1)',
  ]),
  capture(
    'bpftrace',
    'bpftrace',
    ['bpftrace'],
    'Runs probes in the kernel that see calls and packets.',
    tracer,
    ['bpftrace 0.17: bpftrace(8)'],
    ['A program it has pinned goes on after it has ended.'],
  ),
  capture(
    'perf',
    'perf',
    ['perf'],
    'Samples or traces kernel and programs, into perf.data with `record`.',
    tracer,
    ['Linux 6.1: perf(1)'],
    ['On Debian the executable may be called perf_VERSION.'],
  ),
  capture(
    'sysdig',
    'Sysdig and Falco',
    ['sysdig', 'csysdig', 'falco'],
    'Follows the system calls of every program.',
    tracer,
    ['sysdig 0.29: sysdig(8)'],
  ),
  capture('sslsplit', 'SSLsplit', ['sslsplit'], 'Sits in the middle of TLS connections and logs them.', inspector, [
    'SSLsplit 0.5: sslsplit(1)',
  ]),
  capture(
    'mitmproxy',
    'mitmproxy',
    ['mitmproxy', 'mitmdump', 'mitmweb'],
    'Sits in the middle of HTTP and TLS connections.',
    inspector,
    ['mitmproxy 8: mitmproxy(1)'],
  ),
];
