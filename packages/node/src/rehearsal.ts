/**
 * What a virtual machine does before it is copied: it goes through a birth without an owner, so that the births of its copies find code
 * compiled, programs in the page cache, and the filter running. Under emulation that is most of the time of a birth.
 *
 * Nothing stays that a copy must have for itself alone: the keys are thrown away, the resolver (whose ports and query ids must not be
 * guessed) is ended, and the filter draws anew when the machine wakes up, see `wake.ts`. Nothing forwards, and nobody can reach the
 * machine: its uplink has neither address nor route.
 */

import { mkdirSync } from 'node:fs';
import { toBase64 } from '@lethe/core/bytes';
import { openDeviceList, signDeviceList } from '@lethe/core/devices';
import { DEFAULT_CHOICES } from '@lethe/core/filter';
import { newOwnerSeed, ownerKeys } from '@lethe/core/owner';
import { newServerId, newToken, randomBytes } from '@lethe/core/random';
import { newChallenge, sealStatus } from '@lethe/core/status';
import { slotAddresses, TUNNEL } from '@lethe/core/tunnel';
import { blockedTotal, startFilter } from './filter-start.ts';
import { loadFirewall } from './firewall-load.ts';
import { newServerKeys, openServerKeys, signEnrolment } from './keys.ts';
import { PLACES } from './places.ts';
import { endResolver, startResolver } from './resolver-start.ts';
import { run } from './run.ts';
import { applySysctls } from './sysctl-apply.ts';
import { wakeUp } from './wake.ts';

/** Throws what a birth throws. */
export async function rehearseBirth(): Promise<void> {
  mkdirSync(PLACES.directory, { recursive: true, mode: 0o700 });
  await loadFirewall(false);
  applySysctls(true);
  await setAddresses('replace');
  await (await startResolver(null)).answers();
  await startFilter(DEFAULT_CHOICES);
  await rehearseSignatures();
  await wakeUp(toBase64(randomBytes(32)), Date.now());
  await endResolver();
  await setAddresses('del');
  await run('wg', ['show', 'interfaces']);
}

/** The addresses of the tunnel, on an interface that leads nowhere: where the filter listens it goes on to listen. */
async function setAddresses(verb: 'replace' | 'del'): Promise<void> {
  const { ipv4, ipv6 } = slotAddresses(TUNNEL.serverSlot);
  const words = ['link set dev lo up', `addr ${verb} ${ipv4}/32 dev lo`, `addr ${verb} ${ipv6}/128 dev lo`];
  await run('ip', ['-batch', '-'], `${words.join('\n')}\n`);
}

/** An owner whose only list is opened here, a server that enrols nowhere, and a status that nobody reads. */
async function rehearseSignatures(): Promise<void> {
  const keys = await openServerKeys(newServerKeys());
  const owner = await ownerKeys(newOwnerSeed());
  const server = newServerId();
  await signEnrolment(server, newToken(), keys);
  const device = { key: keys.wireguardKey, slot: TUNNEL.firstSlot };
  const list = { server, counter: 1, sealTo: owner.sealTo, devicesMayTalk: false, devices: [device] };
  await openDeviceList(await signDeviceList(list, owner), server, owner.ownerKey);
  const status = { counter: 1, settingsCounter: 0, uptimeS: 0, blocked: await blockedTotal(), devices: [] };
  await sealStatus(status, { server, challenge: newChallenge() }, keys.node, owner.sealTo);
}
