import type { Program } from '../program.ts';

export const systemdResolved: Program = {
  id: 'systemd-resolved',
  name: 'systemd-resolved',
  role: 'dns',
  recognise: { names: ['systemd-resolved'] },
  byDefault: 'Lookups are not logged. It serves the machine itself, unless an extra listener offers it to clients.',
  traps: [
    '`resolvectl log-level debug` logs every lookup and leaves nothing on disk.',
    '`resolvectl monitor` shows lookups to whoever subscribes.',
    'SIGUSR1 writes the whole cache to the journal.',
    '`resolvectl dns` and the network change the servers at run time.',
  ],
  config: {
    syntax: 'ini',
    option: [],
    paths: ['/etc/systemd/resolved.conf', '/usr/lib/systemd/resolved.conf'],
    also: [
      '/usr/lib/systemd/resolved.conf.d/*.conf',
      '/run/systemd/resolved.conf.d/*.conf',
      '/etc/systemd/resolved.conf.d/*.conf',
    ],
  },
  settings: [
    {
      key: 'log-level',
      absent: 'info',
      silent: 'emerg|alert|crit|err|warning|notice|info|[0-6]',
      env: 'SYSTEMD_LOG_LEVEL',
      ask: ['resolvectl', 'log-level'],
      records: 'logs every lookup at level debug',
      claims: ['CL-02'],
      mend: 'Run `resolvectl log-level info` and remove SYSTEMD_LOG_LEVEL from the unit.',
    },
    {
      key: 'resolve.dns',
      absent: 'the servers of the network',
      silent: '((127\\.|\\[?::1)\\S*\\s*)+',
      when: { key: 'resolve.dnsstublistenerextra', absent: '', matches: '.+' },
      records: 'forwards lookups of clients to another resolver, which sees every name',
      claims: ['CL-03'],
      mend: 'Remove `DNSStubListenerExtra=`, or set `DNS=` to a resolver on the same server.',
    },
  ],
  sources: ['systemd 252: systemd-resolved(8), resolved.conf(5), resolvectl(1)'],
};
