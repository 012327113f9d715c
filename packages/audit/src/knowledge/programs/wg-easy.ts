import type { Program } from '../program.ts';

export const wgEasy: Program = {
  id: 'wg-easy',
  name: 'wg-easy',
  role: 'vpn',
  recognise: {
    names: ['node', 'nodejs'],
    argv: 'wg-easy|/app/server(?:\\.js|/index\\.mjs)',
  },
  byDefault: 'The image sets DEBUG, so session lines go to standard output and from there into the container log.',
  traps: [
    'DEBUG is set inside the image; a compose file without it still logs.',
    '/metrics/json and /metrics/prometheus show the live endpoint and last handshake of every client once they are on; the switch is in its database.',
    'Its database holds the name, tunnel address and private key of every client.',
  ],
  settings: [
    {
      key: 'debug',
      absent: null,
      silent: '',
      env: 'DEBUG',
      records: 'writes session and client events to standard output, which the container engine keeps',
      claims: ['CL-04', 'CL-08'],
      mend: 'Set the variable `DEBUG` to nothing and start the container anew.',
    },
  ],
  sources: ['wg-easy 15: Dockerfile'],
};
