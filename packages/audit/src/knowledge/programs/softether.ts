import type { Program } from '../program.ts';

export const softether: Program = {
  id: 'softether',
  name: 'SoftEther VPN Server',
  role: 'vpn',
  recognise: { names: ['vpnserver', 'vpnbridge'] },
  byDefault:
    'Writes a server log, and for each hub a security log of sessions and a packet log of connections, to files beside it.',
  traps: [
    'The logs of a hub are turned off in the hub (SaveSecurityLog, SavePacketLog); the server log stays and has addresses.',
    'It rewrites vpn_server.config while it runs; an edited file is lost unless the server is stopped first.',
  ],
  always: {
    records: 'writes sessions with names and addresses, and by default the headers of connections, to its logs',
    claims: ['CL-01', 'CL-04', 'CL-05', 'CL-06', 'CL-08'],
    mend: 'Use another server, or disable both logs in every hub with `LogDisable` and keep its directory in memory.',
  },
  sources: ['SoftEther VPN 5.01.9674: manual, Logging Service'],
};
