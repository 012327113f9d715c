import type { Program, Recording } from '../program.ts';

const flows: Recording = {
  records: 'makes a record of every flow, with addresses, ports, times and volumes',
  claims: ['CL-01', 'CL-04', 'CL-06', 'CL-07'],
  mend: 'Stop it, remove the package and delete what it has written.',
};
const sent: Recording = {
  ...flows,
  records: 'sends a record of every flow, with addresses, ports, times and volumes, to a collector',
  claims: [...flows.claims, 'CL-14'],
};
const hosts: Recording = {
  ...flows,
  records: 'counts traffic by host and shows or stores it',
};

const flow = (
  id: string,
  name: string,
  names: string[],
  byDefault: string,
  always: Recording,
  sources: string[],
  traps: string[] = [],
): Program => ({ id, name, role: 'capture', recognise: { names }, byDefault, traps, always, sources });

export const FLOW_EXPORTERS: readonly Program[] = [
  flow(
    'softflowd',
    'softflowd',
    ['softflowd'],
    'Follows flows on an interface; with -n sends them as NetFlow.',
    sent,
    ['softflowd 1.1.0: softflowd(8)'],
    [
      'Flows are sent when they end or time out, minutes after the traffic.',
      'Without -n the flows can still be read through softflowctl.',
    ],
  ),
  flow('fprobe', 'fprobe', ['fprobe', 'fprobe-ulog'], 'Sends flows of an interface as NetFlow.', sent, [
    'fprobe 1.1: fprobe(8)',
  ]),
  flow(
    'pmacct',
    'pmacct',
    ['pmacctd', 'nfacctd', 'sfacctd', 'uacctd'],
    'Counts traffic by address in memory, a file or a database, or sends it on.',
    flows,
    ['pmacct 1.7.7: CONFIG-KEYS'],
    ['Its process title may differ from the name of the program; the plugins run as processes of their own.'],
  ),
  flow(
    'hsflowd',
    'Host sFlow',
    ['hsflowd'],
    'Sends counters, and packet samples if told to, as sFlow.',
    {
      ...sent,
      records: 'sends traffic counters and packet samples to a collector',
      claims: ['CL-01', 'CL-04', 'CL-05', 'CL-07', 'CL-14'],
    },
    ['Host sFlow 2: hsflowd.conf'],
    ['Without a file it may find its collector through DNS.'],
  ),
  flow(
    'nfdump',
    'nfdump',
    ['nfcapd', 'sfcapd', 'nfpcapd'],
    'Receives or makes flow records and keeps them in files.',
    flows,
    ['nfdump 1.7.1: nfcapd(1)'],
  ),
  flow('yaf', 'YAF', ['yaf', 'yafd'], 'Makes flow records from packets.', sent, ['YAF 2: yaf(1)']),
  flow('argus', 'Argus', ['argus'], 'Makes flow records from packets.', flows, ['Argus 3: argus(8)']),
  flow('goflow2', 'goflow2', ['goflow', 'goflow2'], 'Receives flow records and prints them or sends them on.', flows, [
    'goflow2 2: README',
  ]),
  flow('iftop', 'iftop', ['iftop'], 'Shows traffic by pair of hosts.', hosts, ['iftop 1.0: iftop(8)']),
  flow('nethogs', 'NetHogs', ['nethogs'], 'Shows traffic by program.', hosts, ['NetHogs 0.8.7: nethogs(8)']),
  flow('iptraf-ng', 'iptraf-ng', ['iptraf-ng', 'iptraf'], 'Shows connections; logs them if told to.', hosts, [
    'iptraf-ng 1.2: iptraf-ng(8)',
  ]),
  flow('darkstat', 'darkstat', ['darkstat'], 'Counts traffic by host and port and serves a page of it.', hosts, [
    'darkstat 3.0.719: darkstat(8)',
  ]),
  flow('bandwidthd', 'bandwidthd', ['bandwidthd'], 'Draws the traffic of each address.', hosts, [
    'bandwidthd 2.0.1: bandwidthd.conf',
  ]),
  flow(
    'ntopng',
    'ntopng',
    ['ntopng', 'nprobe'],
    'Recognises hosts, flows and services and keeps them.',
    {
      ...hosts,
      records: 'recognises hosts, flows and services and keeps them',
      claims: ['CL-01', 'CL-02', 'CL-04', 'CL-05', 'CL-06', 'CL-07'],
    },
    ['ntopng 5: user guide'],
  ),
];
