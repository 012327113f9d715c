import { check, nothing } from './check.ts';

export const kernelLog = check({
  id: 'kernel-log',
  claims: ['CL-01', 'CL-04'],
  pass: 'The kernel ring buffer holds no packet and no peer, and nothing sends it elsewhere.',
  why: 'Lines stay in the ring buffer long after the rule that wrote them is gone.',
  needs: ['kernelLog', 'netconsole'],
  judge({ kernelLog: log, netconsole }) {
    const outcome = nothing();
    if (log.packets > 0) {
      outcome.contrary.push({
        title: `The kernel log holds packets that a rule logged (${log.packets} lines)`,
        where: 'dmesg',
        claims: ['CL-01', 'CL-04', 'CL-05'],
        mend: 'Remove the rule, then clear the buffer: `dmesg --clear`, or restart.',
      });
    }
    if (log.wireguard > 0) {
      outcome.contrary.push({
        title: `The kernel log holds addresses of WireGuard peers (dynamic debug, ${log.wireguard} lines)`,
        where: 'dmesg',
        claims: ['CL-04', 'CL-08'],
        mend: 'Turn the debug lines off, then clear the buffer or restart.',
      });
    }
    if (netconsole.length > 0) {
      outcome.contrary.push({
        title: 'The kernel log is sent to another machine (netconsole)',
        where: netconsole.join(', ').slice(0, 100),
        claims: ['CL-01', 'CL-04'],
        mend: 'Unload netconsole.',
      });
    }
    return outcome;
  },
});
