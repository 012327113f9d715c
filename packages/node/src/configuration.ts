/**
 * Everything a server applies, as text and data: what a release states and people read before they sign it. Made by the same functions
 * the server uses, from the same inputs. Nothing in it depends on a customer.
 */

import { firewallChains, rulesetText } from './firewall.ts';
import { PLACES } from './places.ts';
import { unboundConfig } from './resolver.ts';
import { LOCK, SYSCTLS } from './sysctl.ts';

export interface ServerConfiguration {
  files: { path: string; text: string }[];
  /** Paths below /proc/sys. */
  sysctls: { name: string; value: string }[];
  /** Programs that may run, by path. Tools end within a second, but for the two through which the watch hears of changes. */
  processes: string[];
  /** What may leave a server besides its customers' traffic. */
  egress: string[];
}

/** Version of the claims and bounds (spec/state-inventory.json) that a release is made under. Rises with them. */
export const POLICY_VERSION = 1;

/** The configuration of every server of a host with these trust anchors (null: the public root's). */
export function serverConfiguration(rootAnchors: readonly string[] | null): ServerConfiguration {
  return {
    files: [
      {
        path: PLACES.resolverConfig,
        text: unboundConfig({
          pidFile: PLACES.resolverPid,
          rootAnchors,
          anchorFile: PLACES.rootAnchor,
          hintsFile: PLACES.rootHints,
        }),
      },
      // The packet filter has no file on a server: nft reads it from the agent.
      { path: '/firewall/devices-apart.nft', text: rulesetText(firewallChains(false)) },
      { path: '/firewall/devices-may-talk.nft', text: rulesetText(firewallChains(true)) },
    ],
    sysctls: [...SYSCTLS, LOCK].map(({ path, value }) => ({ name: path, value })),
    processes: [
      '/init',
      '/lethe/agent',
      '/lethe/filter',
      '/usr/sbin/unbound',
      '/usr/bin/wireguard-go',
      '/usr/bin/wg',
      '/usr/sbin/ip',
      '/usr/sbin/nft',
      '/usr/sbin/conntrack',
    ],
    egress: ['udp 53 any', 'tcp 53 any', 'wireguard to devices'],
  };
}
