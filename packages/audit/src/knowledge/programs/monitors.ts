import type { Program, Recording } from '../program.ts';

const kept: Recording = {
  records: 'keeps a timeline of traffic volumes',
  claims: ['CL-04'],
  mend: 'Stop and disable it, remove the package and delete what it has written.',
};
const sent: Recording = {
  records: 'hands counts of traffic and connections to a server that keeps them over time',
  claims: ['CL-04', 'CL-14'],
  mend: 'Stop and disable it, or leave out everything that counts traffic and connections.',
};
const peers: Recording = {
  records: 'gives the last handshake and the volume of every peer to whoever asks, which then keeps them over time',
  claims: ['CL-04', 'CL-08', 'CL-14'],
  mend: 'Stop and remove it.',
};

const monitor = (
  id: string,
  name: string,
  names: string[],
  byDefault: string,
  always: Recording,
  sources: string[],
  traps: string[] = [],
): Program => ({ id, name, role: 'monitor', recognise: { names }, byDefault, traps, always, sources });

export const MONITORS: readonly Program[] = [
  monitor(
    'sysstat',
    'sysstat',
    ['sadc'],
    'Writes system counters, network interfaces included, to /var/log/sysstat every ten minutes.',
    kept,
    ['sysstat 12.6.1: sadc(8)'],
    ['A timer or cron job starts it for a moment; it is seldom seen running.'],
  ),
  monitor(
    'vnstat',
    'vnStat',
    ['vnstatd'],
    'Keeps the volume of each interface by five minutes, hour, day and month.',
    kept,
    ['vnStat 2.10: vnstatd(8)'],
  ),
  monitor(
    'netdata',
    'Netdata',
    ['netdata'],
    'Measures traffic, sockets and programs each second and keeps it for days.',
    { ...kept, records: 'keeps traffic volumes and counts of connections for each second' },
    ['Netdata 1.37.1: netdata.conf'],
    ['It can also stream to a parent or to the cloud of its makers.'],
  ),
  monitor(
    'collectd',
    'collectd',
    ['collectd'],
    'Measures interfaces and programs and keeps or sends the counts.',
    kept,
    ['collectd 5.12.0: collectd.conf(5)'],
  ),
  monitor(
    'atop',
    'atop',
    ['atop', 'atopacctd'],
    'As a service writes programs, with their command lines, and volumes to /var/log/atop every ten minutes.',
    {
      ...kept,
      records: 'keeps a timeline of programs, their command lines and traffic volumes',
      claims: ['CL-01', 'CL-04'],
    },
    ['atop 2.8.1: atop(1)'],
  ),
  monitor(
    'munin-node',
    'Munin node',
    ['munin-node', 'munin-asyncd'],
    'Answers a Munin server, which keeps the counts for a year.',
    sent,
    ['Munin 2.0.73: munin-node(1)'],
  ),
  monitor('telegraf', 'Telegraf', ['telegraf'], 'Measures the system and sends the counts to a database.', sent, [
    'Telegraf 1: telegraf.conf',
  ]),
  monitor(
    'prometheus',
    'Prometheus',
    ['prometheus', 'victoria-metrics', 'vmagent'],
    'Collects counts and keeps them for 15 days.',
    kept,
    ['Prometheus 2: prometheus --help'],
  ),
  monitor(
    'node-exporter',
    'Prometheus node exporter',
    ['prometheus-node-exporter', 'node_exporter'],
    'Gives volumes and connection counts of the system to whoever asks.',
    sent,
    ['node_exporter 1.5.0: README'],
    ['The textfile collector passes on anything a script writes, such as one line per peer.'],
  ),
  monitor(
    'wireguard-exporter',
    'Prometheus WireGuard exporter',
    ['prometheus_wireguard_exporter', 'prometheus-wireguard-exporter', 'wireguard_exporter'],
    'Gives handshake times and volumes of every peer to whoever asks.',
    peers,
    ['prometheus_wireguard_exporter 3: README'],
    ['With `-r` it gives the endpoint address of each peer too.'],
  ),
  monitor(
    'openvpn-exporter',
    'Prometheus OpenVPN exporter',
    ['openvpn_exporter', 'openvpn-exporter'],
    'Gives the sessions of the status file to whoever asks.',
    {
      ...peers,
      records: 'gives name and volume of every OpenVPN session to whoever asks, which then keeps them over time',
    },
    ['openvpn_exporter 0.3: README'],
  ),
  monitor(
    'dns-exporter',
    'Prometheus DNS exporters',
    ['unbound_exporter', 'bind_exporter', 'prometheus-bind-exporter'],
    'Gives counts of lookups to whoever asks.',
    {
      ...sent,
      records: 'hands counts of lookups to a server that keeps them over time',
    },
    ['unbound_exporter 0.4: README'],
  ),
  monitor(
    'zabbix-agent',
    'Zabbix agent',
    ['zabbix_agentd', 'zabbix_agent2'],
    'Answers a Zabbix server, or sends to it, any counter it asks for.',
    sent,
    ['Zabbix 6.0.14: zabbix_agentd(8)'],
    ['With AllowKey=system.run the server can run commands.'],
  ),
  monitor('snmpd', 'Net-SNMP', ['snmpd'], 'Answers with interface counters and the table of connections.', sent, [
    'Net-SNMP 5.9: snmpd(8)',
  ]),
];
