/** Loads the packet filter and lets packets through only once the kernel shows it. */

import { Failure } from './failure.ts';
import { firewallChains, rulesetText, showsChains } from './firewall.ts';
import { run } from './run.ts';
import { setForwarding } from './sysctl-apply.ts';

/**
 * Puts the whole packet filter in place in one transaction and checks it. If anything about it is not as it should be, forwarding is
 * turned off and `firewall_refused` thrown: a server without this filter passes nothing.
 */
export async function loadFirewall(devicesMayTalk: boolean): Promise<void> {
  const chains = firewallChains(devicesMayTalk);
  try {
    await run('nft', ['-f', '-'], rulesetText(chains));
    if (!showsChains(await run('nft', ['-j', 'list', 'ruleset']), chains)) throw new Failure('firewall_refused');
  } catch {
    setForwarding(false);
    throw new Failure('firewall_refused');
  }
}
