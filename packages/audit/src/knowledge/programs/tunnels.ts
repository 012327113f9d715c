import type { Program } from '../program.ts';

const sessions = ['CL-04', 'CL-08'] as const;

export const xl2tpd: Program = {
  id: 'xl2tpd',
  name: 'xl2tpd',
  role: 'vpn',
  recognise: { names: ['xl2tpd'] },
  byDefault: 'Logs the address and port of every connection to syslog.',
  traps: ['The `debug` settings only add to what is logged.'],
  always: {
    records: 'logs the address of every connection to syslog',
    claims: [...sessions],
    mend: 'Use another protocol, or make sure that nothing keeps its log messages.',
  },
  sources: ['xl2tpd 1.3.18: xl2tpd.conf(5), xl2tpd.c'],
};

export const pppd: Program = {
  id: 'pppd',
  name: 'pppd',
  role: 'vpn',
  recognise: { names: ['pppd'] },
  byDefault: 'Logs addresses, duration and volume of every session to syslog and runs the scripts in /etc/ppp/ip-up.d.',
  traps: ['`login` and `logfile` add wtmp entries and a file of its own; `nologfd` does not stop syslog.'],
  always: {
    records: 'logs addresses, duration and volume of every session to syslog',
    claims: [...sessions],
    mend: 'Use another protocol, or make sure that nothing keeps its log messages.',
  },
  sources: ['pppd 2.4.9: pppd(8)'],
};
