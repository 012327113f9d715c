/**
 * The state inventory: every object on a server, its host, the control plane and the customer's own devices that ever holds something
 * about a user (spec/state-inventory.json), what a server measures of it, and the judgement of the two side by side. Pure.
 *
 * What was not measured never counts as held. A server that was taken over can say what it likes: the inventory finds mistakes and
 * leftovers, the seizure drill looks from outside.
 */

import type { ClaimId } from './claims.ts';
import type { EngineKind } from './engine.ts';

export const INVENTORY_PLACES = ['server', 'host', 'control', 'customer'] as const;
export type InventoryPlace = (typeof INVENTORY_PLACES)[number];

/** What a server measures of itself, by the name that an entry of the inventory refers to. */
export const PROBES = [
  'wireguard-peers',
  'wireguard-buffers',
  'connections',
  'resolver-memory',
  'filter-memory',
  'blocked-total',
  'owner-settings',
  'device-list',
  'agent-memory',
  'tcp-metrics',
  'route-exceptions',
  'neighbours',
  'fragments',
  'kernel-log',
] as const;
export type Probe = (typeof PROBES)[number];

/** Searches for what no entry declares. Some can only be done, and are only needed, where the kernel is the server's own. */
export const SEARCHES = {
  processes: { engines: ['microvm', 'container'], kinds: ['process'] },
  sockets: {
    engines: ['microvm', 'container'],
    kinds: ['listening_socket', 'packet_socket', 'raw_socket', 'netlink_listener'],
  },
  firewall: {
    engines: ['microvm', 'container'],
    kinds: ['firewall_changed', 'rule_logs', 'rule_counts', 'rule_copies', 'dynamic_set', 'foreign_table'],
  },
  interfaces: { engines: ['microvm', 'container'], kinds: ['interface', 'bpf_program'] },
  routes: { engines: ['microvm', 'container'], kinds: ['route_changed'] },
  files: { engines: ['microvm', 'container'], kinds: ['file', 'writable_mount'] },
  settings: { engines: ['microvm', 'container'], kinds: ['setting_changed'] },
  open_files: { engines: ['microvm'], kinds: ['deleted_file', 'open_disk', 'kernel_program'] },
  kernel_log: { engines: ['microvm'], kinds: ['address_in_kernel_log'] },
  swap: { engines: ['microvm'], kinds: ['swap_in_use'] },
} as const satisfies Record<string, { engines: readonly EngineKind[]; kinds: readonly string[] }>;
export type Search = keyof typeof SEARCHES;
export type UndeclaredKind = (typeof SEARCHES)[Search]['kinds'][number];

/** Claims that each search is needed for; what it finds speaks against all of them. */
export const SEARCH_CLAIMS: Record<Search, readonly ClaimId[]> = {
  processes: ['CL-01', 'CL-02', 'CL-05', 'CL-06', 'CL-07'],
  sockets: ['CL-01', 'CL-02', 'CL-04', 'CL-05'],
  firewall: ['CL-01', 'CL-04', 'CL-05', 'CL-06', 'CL-07'],
  interfaces: ['CL-01', 'CL-05', 'CL-07'],
  routes: ['CL-05'],
  files: ['CL-01', 'CL-02', 'CL-04'],
  settings: ['CL-01', 'CL-04'],
  open_files: ['CL-01', 'CL-02', 'CL-04'],
  kernel_log: ['CL-01', 'CL-04'],
  swap: ['CL-02', 'CL-04'],
};

export interface StateEntry {
  id: string;
  /** What it is, in a few plain words. */
  object: string;
  place: InventoryPlace;
  engines: EngineKind[];
  /** What it holds. */
  fields: string[];
  /** True if it can be linked to a customer or device by somebody who has it. */
  linkable: boolean;
  /** True if it comes from what devices do, not from what the owner chose. */
  activity: boolean;
  /** Where it lies: memory, a sealed file, … */
  medium: string;
  /** Longest lifetime in seconds; null for what lives as long as its server or account, and for a limit. */
  boundS: number | null;
  /** What the bound counts from, as the end of "so many seconds after …"; null where there is no bound. */
  boundFrom: string | null;
  /** True for a stated limit: no lifetime is promised (docs/limits.md). */
  limit: boolean;
  /** What makes it go. */
  clearedBy: string;
  /** The probe that measures it on a live server; null if none does. */
  probe: Probe | null;
  /** Why no probe measures it, and what does instead; null if one does. */
  notMeasured: string | null;
  /** Claims it belongs to. */
  claims: string[];
  /** Plain words for the page "what we hold and why". */
  what: string;
  why: string;
}

export interface Measurement {
  probe: Probe;
  /** Null if it could not be measured. */
  present: boolean | null;
  /** Whole seconds, never less than the true age; null if nobody can tell. */
  ageS: number | null;
}

/** What a search found; null if it could not be done. */
export interface SearchResult {
  search: Search;
  found: UndeclaredKind[] | null;
}

/** What a server says about itself. It has no address, no name and no amount of traffic in it. */
export interface InventoryReport {
  engine: EngineKind;
  /** The positive control: true if the searches saw what was planted for them to see. Without it what they did not find tells nothing. */
  control: boolean;
  measurements: Measurement[];
  searches: SearchResult[];
}

export type Verdict = 'held' | 'over_age' | 'undeclared' | 'not_measured';

export interface InventoryVerdict {
  /** Of the entry, the search, or the kind of undeclared object. */
  id: string;
  verdict: Verdict;
  present: boolean | null;
  ageS: number | null;
  boundS: number | null;
  /** False for entries of which the inventory itself says that the server cannot measure them. */
  mandatory: boolean;
}

/** Holds what a server measured against the inventory. Entries of other engines are left out. */
export function judgeInventory(entries: readonly StateEntry[], report: InventoryReport): InventoryVerdict[] {
  const here = entries.filter(({ engines }) => engines.includes(report.engine));
  return [
    ...here.map((entry) => judgeEntry(entry, report)),
    ...undeclaredMeasurements(here, report),
    ...searchesOf(report.engine).flatMap((search) => judgeSearch(search, report)),
  ];
}

/** True if everything that must be measured was, all of it within its bound, and nothing undeclared was found. */
export const inventoryHolds = (verdicts: readonly InventoryVerdict[]): boolean =>
  verdicts.length > 0 && verdicts.every(({ verdict, mandatory }) => verdict === 'held' || !mandatory);

/** The searches that are done on an engine. */
export const searchesOf = (engine: EngineKind): Search[] =>
  (Object.keys(SEARCHES) as Search[]).filter((search) =>
    (SEARCHES[search].engines as readonly EngineKind[]).includes(engine),
  );

function judgeEntry({ id, probe, boundS }: StateEntry, { measurements }: InventoryReport): InventoryVerdict {
  if (probe === null) return { id, verdict: 'not_measured', present: null, ageS: null, boundS, mandatory: false };
  const found = measurements.filter((one) => one.probe === probe);
  // Two answers to one question are none.
  const { present, ageS } = found.length === 1 ? found[0]! : { present: null, ageS: null };
  return { id, verdict: verdictOf(present, ageS, boundS), present, ageS, boundS, mandatory: true };
}

function verdictOf(present: boolean | null, ageS: number | null, boundS: number | null): Verdict {
  if (present === null) return 'not_measured';
  if (!present || boundS === null) return 'held';
  if (ageS === null) return 'not_measured';
  return ageS <= boundS ? 'held' : 'over_age';
}

/** What a server says it has although the inventory of its engine does not name it. */
function undeclaredMeasurements(here: readonly StateEntry[], { measurements }: InventoryReport): InventoryVerdict[] {
  return measurements
    .filter(({ probe, present }) => present === true && !here.some((entry) => entry.probe === probe))
    .map(({ probe, ageS }) => undeclared(probe, ageS));
}

function judgeSearch(search: Search, { control, searches }: InventoryReport): InventoryVerdict[] {
  const results = searches.filter((one) => one.search === search);
  const found = results.length === 1 ? results[0]!.found : null;
  const common = { ageS: null, boundS: null, mandatory: true };
  if (found === null || (found.length === 0 && !control))
    return [{ id: search, verdict: 'not_measured', present: null, ...common }];
  if (found.length === 0) return [{ id: search, verdict: 'held', present: false, ...common }];
  return found.map((kind) => undeclared(kind, null));
}

const undeclared = (id: string, ageS: number | null): InventoryVerdict => ({
  id,
  verdict: 'undeclared',
  present: true,
  ageS,
  boundS: null,
  mandatory: true,
});
