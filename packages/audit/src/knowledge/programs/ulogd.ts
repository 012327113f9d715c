import type { Program } from '../program.ts';

export const ulogd: Program = {
  id: 'ulogd',
  name: 'ulogd2',
  role: 'capture',
  recognise: { names: ['ulogd', 'ulogd2'] },
  byDefault:
    'Debian starts it with a stack that writes every packet picked by NFLOG rules to /var/log/ulog/syslogemu.log.',
  traps: ['With an NFCT stack it records every connection, without any firewall rule.'],
  always: {
    records: 'records packets or connections that the kernel hands it',
    claims: ['CL-01', 'CL-04', 'CL-05', 'CL-06', 'CL-07'],
    mend: 'Stop it, remove the package, delete /var/log/ulog and remove NFLOG rules.',
  },
  sources: ['Debian ulogd2 2.0.8-1: /etc/ulogd.conf'],
};
