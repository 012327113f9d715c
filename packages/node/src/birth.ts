/**
 * The birth of a server, from a closed machine to a tunnel that forwards. Every step looks at what is there first, so that the same
 * procedure adopts what a crashed agent left running.
 *
 * Order: nothing forwards before the packet filter is loaded and verified; the filter is verified again by nobody afterwards, so it
 * is the first thing and forwarding the last.
 */

import type { Birth, Stage } from '@lethe/core/agent-protocol';
import type { DeviceList } from '@lethe/core/devices';
import type { FilterChoices } from '@lethe/core/filter';
import { step } from './failure.ts';
import { startFilter } from './filter-start.ts';
import { loadFirewall } from './firewall-load.ts';
import type { OpenKeys } from './keys.ts';
import { configureLink } from './link.ts';
import { startResolver } from './resolver-start.ts';
import { applySysctls, lockKernel, setForwarding } from './sysctl-apply.ts';
import { raiseTunnel } from './wireguard/tunnel.ts';

export interface BirthContext {
  /** True if the kernel serves this server alone. */
  ownKernel: boolean;
  choices: FilterChoices;
  report(stage: Stage): void;
}

/** Brings the server up. Throws a `Failure`; a server that failed forwards nothing that its filter does not allow. */
export async function beBorn(birth: Birth, keys: OpenKeys, list: DeviceList, context: BirthContext): Promise<void> {
  context.report('network');
  await loadFirewall(list.devicesMayTalk);
  await step('link_failed', () => applySysctls(context.ownKernel));
  const fresh = await step('link_failed', () => configureLink(birth.link));

  context.report('tunnel');
  const resolver = step('resolver_failed', () => startResolver(birth.rootAnchors));
  resolver.catch(() => {});
  await step('tunnel_failed', () => raiseTunnel(keys, list.devices, fresh));

  context.report('resolver');
  await step('resolver_failed', async () => (await resolver).answers());
  await step('filter_failed', () => startFilter(context.choices));

  await step('firewall_refused', () => setForwarding(true));
  if (context.ownKernel) await step('link_failed', lockKernel);
}
