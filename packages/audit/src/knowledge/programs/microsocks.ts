import type { Program } from '../program.ts';

export const microsocks: Program = {
  id: 'microsocks',
  name: 'MicroSocks',
  role: 'proxy',
  recognise: { names: ['microsocks'] },
  byDefault: 'Every connection is written to standard error with the client and the destination.',
  traps: [
    'As a service, its standard error is the journal.',
    'Version 1.0.3 and earlier, as in Debian 12, have no option to be quiet.',
    'With `-1` or `-w` addresses of clients that have logged in stay in memory.',
  ],
  settings: [
    {
      key: 'quiet',
      absent: 'no',
      silent: 'yes',
      option: ['-q'],
      records: "writes every connection with the client's address and the destination to standard error",
      claims: ['CL-04', 'CL-06'],
      mend: 'Start MicroSocks 1.0.4 or later with `-q`.',
    },
  ],
  sources: ['MicroSocks: sockssrv.c', 'Debian microsocks 1.0.3: usage of the program'],
};
