import type { Program } from '../program.ts';

export const mitmproxy: Program = {
  id: 'mitmproxy',
  name: 'mitmproxy',
  role: 'capture',
  recognise: { names: ['mitmproxy', 'mitmdump', 'mitmweb'] },
  byDefault: 'Every connection is opened, shown and kept in memory; with `-w` it is written to a file.',
  traps: ['Add-on scripts can store what passes without any option that says so.'],
  always: {
    records: 'opens the connections that pass, with their content, and keeps them',
    claims: ['CL-01', 'CL-05', 'CL-06'],
    mend: 'Stop and remove mitmproxy, and the firewall rule and certificate that lead to it.',
  },
  sources: ['mitmproxy 10: options, mitmdump'],
};
