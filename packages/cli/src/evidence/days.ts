/** Evidence by day: what epochs add up to, and which of them are missing. Pure. */

import { CLAIM_IDS, type ClaimId } from '@lethe/core';

export interface Day {
  /** In UTC. */
  day: string;
  /** Epochs that there were, of those that there should have been: by now, and since the first that is known. */
  epochs: number;
  expected: number;
  contrary: ClaimId[];
  untested: ClaimId[];
}

export interface EpochVerdict {
  begins: number;
  contrary: readonly ClaimId[];
  untested: readonly ClaimId[];
}

/** A service has so long to close an epoch before it counts as missing. */
const GRACE_S = 120;

/** Days from the first epoch to now, oldest first. A day without any is there, and says so. */
export function byDay(epochs: readonly EpochVerdict[], seconds: number, nowS: number): Day[] {
  if (epochs.length === 0) return [];
  const first = Math.min(...epochs.map(({ begins }) => begins));
  const end = Math.max(lastClosed(seconds, nowS) + seconds, ...epochs.map(({ begins }) => begins + seconds));
  const days: Day[] = [];
  for (let start = first - (first % 86_400); start < end; start += 86_400) {
    const here = epochs.filter(({ begins }) => begins >= start && begins < start + 86_400);
    const [from, to] = [Math.max(first, start), Math.min(end, start + 86_400)];
    days.push({
      day: new Date(start * 1000).toISOString().slice(0, 10),
      epochs: new Set(here.map(({ begins }) => begins)).size,
      expected: Math.round((to - from) / seconds),
      contrary: inOrder(here.flatMap(({ contrary }) => contrary)),
      untested: inOrder(here.flatMap(({ untested }) => untested)),
    });
  }
  return days;
}

/** The last epoch that has to be there by now. */
const lastClosed = (seconds: number, nowS: number): number => {
  const due = Math.floor(nowS) - Math.min(GRACE_S, seconds);
  return due - (due % seconds) - seconds;
};

export const isClean = ({ epochs, expected, contrary, untested }: Day): boolean =>
  epochs >= expected && contrary.length === 0 && untested.length === 0;

const inOrder = (claims: readonly ClaimId[]): ClaimId[] => CLAIM_IDS.filter((claim) => claims.includes(claim));
