import type { Program, Setting } from '../program.ts';

const requests = ['CL-01', 'CL-04'] as const;
const nowhere = '"?/dev/null"?(\\s.*)?';

export const apache: Program = {
  id: 'apache',
  name: 'Apache HTTP Server',
  role: 'web',
  recognise: { names: ['apache2', 'httpd'] },
  byDefault:
    'There is no access log without a directive, and Debian sets two; errors with the client address go to the error log.',
  traps: [
    'Debian logs virtual hosts without a log of their own through conf-enabled/other-vhosts-access-log.conf.',
    'A log may be a pipe to a program, written with a bar before the command.',
    'mod_status keeps the last requests with clients in shared memory as soon as it is loaded.',
    'mod_security, mod_dumpio and mod_log_forensic write requests apart from CustomLog.',
  ],
  config: {
    syntax: 'words',
    option: ['-f'],
    paths: [
      '/etc/apache2/apache2.conf',
      '/etc/httpd/conf/httpd.conf',
      '/etc/apache2/httpd.conf',
      '/usr/local/apache2/conf/httpd.conf',
    ],
    include: ['include', 'includeoptional'],
  },
  settings: [
    ...['customlog', 'transferlog', 'globallog'].map(
      (key): Setting => ({
        key,
        absent: null,
        silent: nowhere,
        occurrences: 'each',
        records: 'logs the address, time and path of every request',
        claims: [...requests],
        mend: 'Remove every CustomLog, TransferLog and GlobalLog and reload Apache.',
      }),
    ),
    {
      key: 'errorlog',
      absent: 'logs/error_log',
      silent: nowhere,
      occurrences: 'each',
      records: "logs failing requests with the client's address",
      claims: [...requests],
      mend: 'Set `ErrorLog /dev/null` everywhere.',
    },
    ...['forensiclog', 'secauditlog', 'cookietracking'].map(
      (key): Setting => ({
        key,
        absent: null,
        silent: `off|${nowhere}`,
        occurrences: 'each',
        records: 'records requests apart from the access log',
        claims: [...requests],
        mend: `Remove \`${key}\`.`,
      }),
    ),
    ...['dumpioinput', 'dumpiooutput'].map(
      (key): Setting => ({
        key,
        absent: 'off',
        silent: 'off',
        occurrences: 'each',
        records: 'writes the content of requests or answers to the error log',
        claims: ['CL-01', 'CL-05'],
        mend: `Set \`${key} Off\`.`,
      }),
    ),
    {
      key: 'extendedstatus',
      absent: 'off',
      silent: 'off',
      occurrences: 'each',
      records: 'keeps the last requests with their clients in memory for its status page',
      claims: ['CL-04'],
      mend: 'Unload mod_status (`a2dismod status`), or set `ExtendedStatus Off`.',
    },
    {
      key: 'proxyrequests',
      absent: 'off',
      silent: 'off',
      occurrences: 'each',
      records: 'works as a forward proxy, through which requests of users pass in the clear',
      claims: ['CL-05'],
      mend: 'Set `ProxyRequests Off`.',
    },
  ],
  sources: [
    'Apache 2.4: mod_log_config, core (ErrorLog), mod_status, mod_dumpio, mod_proxy',
    'Debian apache2 2.4: apache2.conf, sites-available/000-default.conf',
  ],
};
