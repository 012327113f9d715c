/**
 * Drift: a difference between what a server should be and what it is. The words a server, its host and the control plane have for it;
 * there are no others, and none of them depends on what a customer does (CL-19).
 */

import { SEARCHES, type UndeclaredKind } from './inventory.ts';

/** What the host sees from outside, whatever the agent says. */
export const OUTSIDE_KINDS = [
  /** The agent's heartbeat is missing: it was ended, frozen, or cut off. */
  'agent_silent',
  /** The agent's heartbeats come too often: they are not the agent's alone. */
  'heartbeat_irregular',
  /** What runs on the server is not its image's alone, seen from the host: whatever the server says of itself. */
  'foreign_code',
] as const;
export type OutsideKind = (typeof OUTSIDE_KINDS)[number];

export const WATCH_KINDS = [
  /** Something is mounted, or not mounted any more, that was otherwise when the server came up. */
  'mount_changed',
  /** The watch could not look somewhere: what it does not see is not clean. */
  'watch_blind',
] as const;
export type WatchKind = (typeof WATCH_KINDS)[number];

/** What a server's own watch can say. */
export type InsideKind = UndeclaredKind | WatchKind;
export const INSIDE_KINDS: readonly InsideKind[] = [
  ...Object.values(SEARCHES).flatMap(({ kinds }) => kinds as readonly UndeclaredKind[]),
  ...WATCH_KINDS,
];

export type DriftKind = InsideKind | OutsideKind;
export const DRIFT_KINDS: readonly DriftKind[] = [...INSIDE_KINDS, ...OUTSIDE_KINDS];

/** True if the value is a list of kinds from `known`, each at most once, in their order. */
export const isKindList = <K extends DriftKind>(value: unknown, known: readonly K[]): value is K[] =>
  Array.isArray(value) &&
  value.every(
    (kind, place) =>
      known.includes(kind as K) && (place === 0 || known.indexOf(value[place - 1] as K) < known.indexOf(kind as K)),
  );

/** The kinds in the order in which both ends write them, each once. */
export const inOrder = <K extends DriftKind>(kinds: Iterable<K>): K[] => {
  const all = new Set<DriftKind>(kinds);
  return DRIFT_KINDS.filter((kind) => all.has(kind)) as K[];
};
