/**
 * Holds what was found against the state inventory (spec/state-inventory.json): which entry says that such a trace may lie there. What no
 * entry declares should not be there at any time, connected or not.
 */

import type { EngineKind } from '@lethe/core';
import type { StateEntry } from '@lethe/core/inventory';

/** The entry for each place where a search looks. `what` of a process is the name of its program. */
const ENTRIES: Readonly<Record<string, string>> = {
  'wireguard-go': 'wireguard-buffers',
  unbound: 'resolver-memory',
  filter: 'filter-memory',
  agent: 'agent-memory',
  'guest memory': 'guest-memory',
  qemu: 'emulator-memory',
  supervisor: 'supervisor-memory',
  control: 'control-memory',
  'table conntrack': 'host-connections',
  'table conntrack ipv6': 'host-connections',
  'table network files': 'host-connections',
};

/** Id of the entry that declares traces of what devices do in this place on this engine; null if none does. */
export function declaredBy(entries: readonly StateEntry[], holder: string, engine: EngineKind): string | null {
  const id = Object.hasOwn(ENTRIES, holder) ? ENTRIES[holder] : undefined;
  const entry = entries.find((candidate) => candidate.id === id);
  return entry?.activity && entry.engines.includes(engine) ? entry.id : null;
}

/** Ids of the entries of this engine's host that are stated limits: no search can show that nothing is there. */
export const notShown = (entries: readonly StateEntry[], engine: EngineKind): string[] =>
  entries
    .filter(({ limit, place, engines }) => limit && place === 'host' && engines.includes(engine))
    .map(({ id }) => id);

/** Every entry that `declaredBy` can name. */
export const declaringEntries = (): string[] => [...new Set(Object.values(ENTRIES))];
