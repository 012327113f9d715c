import type { Program } from '../program.ts';

const requests = ['CL-01', 'CL-04'] as const;
const nowhere = '"?/dev/null"?(\\s.*)?';

export const nginx: Program = {
  id: 'nginx',
  name: 'nginx',
  role: 'web',
  recognise: { names: ['nginx', 'openresty', 'angie'] },
  byDefault:
    'Every request is written to access.log with address, time, path and browser, and errors with the address to error.log.',
  traps: [
    'No `access_log` directive means logging is on.',
    'A server or location with an `access_log` of its own logs although the http block says off.',
    '`error_log off` does not exist: it writes a file named off.',
    'A stream block has its own access log.',
    'Modules for Lua, njs and mirror can record requests without any log directive.',
  ],
  config: {
    syntax: 'braces',
    option: ['-c'],
    paths: ['/etc/nginx/nginx.conf', '/usr/local/nginx/conf/nginx.conf', '/usr/local/etc/nginx/nginx.conf'],
    include: ['include'],
  },
  settings: [
    {
      key: 'http.access_log',
      absent: 'logs/access.log combined',
      silent: `off|${nowhere}`,
      when: { key: 'http.**', absent: '', matches: '.+' },
      records: 'logs the address, time and path of every request of sites without a log directive of their own',
      claims: [...requests],
      mend: 'Set `access_log off;` in the http block and reload nginx.',
    },
    {
      key: '**.access_log',
      absent: null,
      silent: `off|${nowhere}`,
      occurrences: 'each',
      records: 'logs the address, time and path of every request',
      claims: [...requests],
      mend: 'Replace every `access_log` by one `access_log off;` in the http block and reload nginx.',
    },
    {
      key: '**.error_log',
      absent: 'logs/error.log error',
      silent: `${nowhere}|.*\\s(alert|emerg)`,
      occurrences: 'each',
      records: "logs failing requests with the client's address and the path",
      claims: [...requests],
      mend: 'Set `error_log /dev/null crit;` at the top level and remove the others.',
    },
    {
      key: '**.mirror',
      absent: null,
      silent: 'off',
      occurrences: 'each',
      records: 'sends a copy of every request elsewhere',
      claims: ['CL-05'],
      mend: 'Remove `mirror`.',
    },
  ],
  sources: [
    'nginx 1.22: ngx_http_log_module, ngx_core_module (error_log), ngx_stream_log_module',
    'Debian nginx-common 1.22: nginx.conf',
  ],
};
