import type { Program } from '../program.ts';

export const tailscaled: Program = {
  id: 'tailscaled',
  name: 'tailscaled',
  role: 'vpn',
  recognise: { names: ['tailscaled'] },
  byDefault: 'Logs addresses of peers to standard error, so to the journal, and sends its log to log.tailscale.com.',
  traps: [
    'Sending is turned off by an option or variable only; nothing in the admin console shows it.',
    'Network flow logs are turned on in the control plane, not on the server.',
    'Without sending, the lines still reach the local journal.',
  ],
  always: {
    records: 'logs the addresses of peers and, unless told otherwise, sends that log to log.tailscale.com',
    claims: ['CL-04', 'CL-08', 'CL-14'],
    mend: 'Start it with `--no-logs-no-support`, and set `StandardOutput=null` and `StandardError=null` in a drop-in of its unit.',
  },
  sources: ['Tailscale 1.32: release notes (--no-logs-no-support)', 'Tailscale: KB 1011'],
};

export const headscale: Program = {
  id: 'headscale',
  name: 'Headscale',
  role: 'vpn',
  recognise: { names: ['headscale'] },
  byDefault:
    'Keeps endpoints, host details and the time each node was last seen in its database, and logs at level info.',
  traps: [
    '`log.level` changes the log only; the database is part of how it works.',
    '`logtail.enabled` decides whether nodes send their logs to Tailscale.',
  ],
  always: {
    records: 'keeps endpoints and the time each node was last seen in its database',
    claims: ['CL-04', 'CL-08'],
    mend: 'Do not run it where no such state may exist.',
  },
  sources: ['Headscale 0.23: hscontrol/types/node.go, config-example.yaml'],
};
