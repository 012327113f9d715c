import type { Program, Setting } from '../program.ts';

const requests = ['CL-01', 'CL-04'] as const;
const discards = { key: '**.log.output', absent: 'stderr', matches: '(?!discard$).*' };

export const caddy: Program = {
  id: 'caddy',
  name: 'Caddy',
  role: 'web',
  recognise: { names: ['caddy'] },
  byDefault:
    'There is no access log; errors of handlers go to standard error with the address and path of the request.',
  traps: [
    'A bare `log` in a site turns its access log on.',
    'Errors of requests are logged with the whole request, even without an access log.',
    'The admin API changes the running configuration, and `--resume` starts from what it saved.',
    'A configuration in JSON is not read here.',
  ],
  config: {
    syntax: 'braces',
    option: ['--config', '-config', '-c', '-conf'],
    paths: ['/etc/caddy/Caddyfile', '/etc/caddy/caddyfile'],
    include: ['import'],
  },
  settings: [
    {
      key: '**.*.log',
      absent: null,
      silent: '(?!)',
      occurrences: 'each',
      records: 'logs the address, time and path of every request of a site',
      claims: [...requests],
      mend: 'Remove `log` from every site and reload Caddy.',
    },
    {
      key: '**.log.output',
      absent: null,
      silent: 'discard',
      occurrences: 'each',
      records: 'has a log with an output, to which requests or their errors go',
      claims: [...requests],
      mend: 'Remove the log block, or set `output discard`.',
    },
    ...['format', 'level', 'hostnames'].map(
      (key): Setting => ({
        key: `**.*.log.${key}`,
        absent: null,
        silent: '(?!)',
        occurrences: 'each',
        when: discards,
        records: 'logs the requests of a site to standard error',
        claims: [...requests],
        mend: 'Remove the log block of the site and reload Caddy.',
      }),
    ),
    {
      key: '**.debug',
      absent: null,
      silent: '(?!)',
      records: 'logs at level debug, which includes requests to upstream servers with addresses',
      claims: [...requests],
      mend: 'Remove `debug` from the global options.',
    },
  ],
  sources: ['Caddy 2: Caddyfile directive log, global options', 'Debian caddy 2.6: Caddyfile'],
};
