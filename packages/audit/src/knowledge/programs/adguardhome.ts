import type { Program, Setting } from '../program.ts';

const mend = (key: string, value: string): string =>
  `Stop AdGuard Home, set \`${key}: ${value}\` in AdGuardHome.yaml and start it.`;

export const adguardhome: Program = {
  id: 'adguardhome',
  name: 'AdGuard Home',
  role: 'dns',
  recognise: { names: ['AdGuardHome', 'adguardhome'] },
  byDefault: 'Every lookup is kept with the client for 90 days, and the top names and clients for a day.',
  traps: [
    'With the query log off, the statistics still list names and clients.',
    'The client list is filled from ARP, rDNS, WHOIS and DHCP, whatever the query log does.',
    '`anonymize_client_ip` shortens addresses and keeps every name.',
    'The web interface changes these settings at run time.',
    'Files of versions before 0.107.27 have the settings under `dns`.',
  ],
  config: {
    syntax: 'yaml',
    option: ['-c', '--config'],
    paths: ['/opt/AdGuardHome/AdGuardHome.yaml', '/opt/adguardhome/conf/AdGuardHome.yaml', '/etc/AdGuardHome.yaml'],
  },
  settings: [
    {
      key: 'querylog.enabled',
      absent: 'true',
      silent: 'false',
      records: 'keeps every lookup with the client and the answer',
      claims: ['CL-02', 'CL-06'],
      mend: mend('querylog.enabled', 'false'),
    },
    {
      key: 'querylog.file_enabled',
      absent: 'true',
      silent: 'false',
      when: { key: 'querylog.enabled', absent: 'true', matches: 'true' },
      records: 'writes the lookups to querylog.json',
      claims: ['CL-02', 'CL-06'],
      mend: mend('querylog.file_enabled', 'false'),
    },
    {
      key: 'statistics.enabled',
      absent: 'true',
      silent: 'false',
      records: 'keeps the most asked names and the most active clients',
      claims: ['CL-02', 'CL-06', 'CL-07'],
      mend: mend('statistics.enabled', 'false'),
    },
    ...['whois', 'arp', 'rdns', 'dhcp', 'hosts'].map(
      (source): Setting => ({
        key: `clients.runtime_sources.${source}`,
        absent: 'true',
        silent: 'false',
        records: 'collects names and origins of client addresses',
        claims: ['CL-04'],
        mend: mend(`clients.runtime_sources.${source}`, 'false'),
      }),
    ),
    {
      key: '**.verbose',
      absent: 'false',
      silent: 'false',
      option: ['-v', '--verbose'],
      records: 'logs details of every lookup',
      claims: ['CL-02', 'CL-06'],
      mend: 'Remove `-v` and set `log.verbose: false`.',
    },
    {
      key: 'dns.edns_client_subnet.enabled',
      absent: 'false',
      silent: 'false',
      records: "sends a part of the client's address upstream",
      claims: ['CL-03'],
      mend: mend('dns.edns_client_subnet.enabled', 'false'),
    },
    {
      key: 'dns.upstream_dns.*',
      absent: 'https://dns10.quad9.net/dns-query',
      silent: '((udp|tcp)://)?(127\\.\\S+|\\[?::1\\]?\\S*)|#.*|',
      occurrences: 'each',
      records: 'forwards lookups to another resolver, which sees every name',
      claims: ['CL-03'],
      mend: 'Set `dns.upstream_dns` to a resolver on the same server.',
    },
  ],
  sources: ['AdGuard Home 0.107: internal/home/config.go, internal/querylog/entry.go'],
};
