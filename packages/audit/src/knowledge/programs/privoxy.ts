import type { Program } from '../program.ts';

export const privoxy: Program = {
  id: 'privoxy',
  name: 'Privoxy',
  role: 'proxy',
  recognise: { names: ['privoxy'] },
  byDefault: 'Requests are not logged, but pages are read and changed on their way.',
  traps: [
    'Each `debug` line adds to the others: 1 logs every destination, 512 every request with the client.',
    'HTTPS inspection, when turned on by an action, opens encrypted connections.',
    'With remote toggling the web interface changes what it does.',
  ],
  always: {
    records: 'reads and changes the pages that pass, and logs destinations if its debug settings say so',
    claims: ['CL-05'],
    mend: 'Remove Privoxy from servers that pass the traffic of users.',
  },
  sources: ['Privoxy 3.0.34: config'],
};
