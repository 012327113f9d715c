import type { Program } from '../program.ts';

export const wireguardGo: Program = {
  id: 'wireguard-go',
  name: 'wireguard-go',
  role: 'vpn',
  recognise: { names: ['wireguard-go'] },
  byDefault: 'Logs errors only; the last endpoint, handshake time and volume of each peer are held in memory.',
  traps: [
    'LOG_LEVEL is read from the environment at start; no file shows it.',
    'An error line names the peer by the first and last letters of its key.',
  ],
  settings: [
    {
      key: 'log_level',
      absent: 'error',
      // Any other word falls back to errors.
      silent: '(?!(?:verbose|debug)$).*',
      env: 'LOG_LEVEL',
      records: 'logs every handshake and keepalive per peer with its time',
      claims: ['CL-04', 'CL-08'],
      mend: 'Start wireguard-go with `LOG_LEVEL=error` or `silent`.',
    },
  ],
  sources: ['wireguard-go 0.0.20220316: main.go'],
};
