import type { Program } from '../program.ts';

export const boringtun: Program = {
  id: 'boringtun',
  name: 'BoringTun',
  role: 'vpn',
  recognise: { names: ['boringtun-cli', 'boringtun'] },
  byDefault: 'Logs errors only, to /tmp/boringtun.out when it runs in the background.',
  traps: [
    'The level also comes from the variable WG_LOG_LEVEL, which no file shows.',
    'At level info the endpoint of a peer is logged.',
  ],
  settings: [
    {
      key: 'verbosity',
      absent: 'error',
      silent: 'error',
      option: ['-v', '--verbosity'],
      env: 'WG_LOG_LEVEL',
      records: 'logs endpoints and handshakes of peers',
      claims: ['CL-04', 'CL-08'],
      mend: 'Start BoringTun with `--verbosity error`.',
    },
  ],
  sources: ['BoringTun 0.6: boringtun-cli/src/main.rs, boringtun/src/device'],
};
