import { check, nothing } from './check.ts';

export const wireguardDebug = check({
  id: 'wireguard-debug',
  claims: ['CL-04'],
  pass: 'WireGuard in the kernel writes no debug lines.',
  why: 'Its debug lines hold the address of a peer at every handshake.',
  needs: ['dynamicDebug'],
  judge({ dynamicDebug }) {
    const outcome = nothing();
    if (dynamicDebug > 0) {
      outcome.contrary.push({
        title: 'WireGuard writes the address of each peer to the kernel log (dynamic debug)',
        where: `${dynamicDebug} lines of dynamic_debug/control are on`,
        claims: ['CL-04', 'CL-08', 'CL-10'],
        mend: "echo 'module wireguard -p' > /sys/kernel/debug/dynamic_debug/control, and take dyndbg out of the boot line.",
      });
    }
    return outcome;
  },
});
