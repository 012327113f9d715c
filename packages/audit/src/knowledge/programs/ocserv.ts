import type { Program } from '../program.ts';

const sessions = ['CL-04', 'CL-08'] as const;

export const ocserv: Program = {
  id: 'ocserv',
  name: 'ocserv',
  role: 'vpn',
  recognise: { names: ['ocserv', 'ocserv-main', 'ocserv-worker', 'ocserv-sm'] },
  byDefault: 'Logs name, address and volume of sessions to syslog, at its lowest log level too.',
  traps: [
    '`log-level = 0` means the same as basic, not off.',
    'connect-script, disconnect-script, `acct` and `use-utmp` record every session once more.',
    '`occtl` shows every session, and names of users with their addresses.',
  ],
  always: {
    records: 'logs name and address of sessions to syslog',
    claims: [...sessions],
    mend: 'Make sure that nothing keeps its log messages, or use another server.',
  },
  sources: ['Debian ocserv 1.1.6-3: /etc/ocserv/ocserv.conf', 'ocserv 1.1.6: ocserv(8)'],
};
