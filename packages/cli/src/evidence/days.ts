/** Evidence by day: what epochs add up to, and how much of a day none of them covers. Pure. */

import { CLAIM_IDS, type ClaimId } from '@lethe/core';

export interface Day {
  /** In UTC. */
  day: string;
  epochs: number;
  /** Seconds of the day that epochs cover, and that they should have covered by now. */
  coveredS: number;
  expectedS: number;
  contrary: ClaimId[];
  untested: ClaimId[];
}

export interface EpochVerdict {
  begins: number;
  seconds: number;
  contrary: readonly ClaimId[];
  untested: readonly ClaimId[];
}

/** A service has so long to close an epoch before it counts as missing. */
const GRACE_S = 120;
const DAY_S = 86_400;

/**
 * Days from `fromS` to now, oldest first; a day without any epoch is there, and says so. What ends the last day is the end of the last epoch
 * that must be there by now, of the length of the newest one. Epochs from before and from the future are left out.
 */
export function byDay(epochs: readonly EpochVerdict[], fromS: number, nowS: number): Day[] {
  const known = epochs
    .filter(({ begins, seconds }) => begins >= fromS && begins + seconds <= nowS + GRACE_S)
    .toSorted((a, b) => a.begins - b.begins || b.seconds - a.seconds);
  const end = endOf(known, nowS);
  const days = new Map<number, Day>();
  for (let start = fromS - (fromS % DAY_S); start < end; start += DAY_S) {
    const expectedS = Math.min(end, start + DAY_S) - Math.max(fromS, start);
    const day = new Date(start * 1000).toISOString().slice(0, 10);
    days.set(start, { day, epochs: 0, coveredS: 0, expectedS, contrary: [], untested: [] });
  }
  let coveredTo = fromS;
  for (const { begins, seconds, contrary, untested } of known) {
    const day = days.get(begins - (begins % DAY_S));
    if (!day) continue;
    day.epochs += 1;
    day.coveredS += Math.max(0, begins + seconds - Math.max(begins, coveredTo));
    coveredTo = Math.max(coveredTo, begins + seconds);
    day.contrary = inOrder([...day.contrary, ...contrary]);
    day.untested = inOrder([...day.untested, ...untested]);
  }
  return [...days.values()];
}

/** The end of the last epoch that must be there by now, or that is. */
function endOf(known: readonly EpochVerdict[], nowS: number): number {
  const newest = known.at(-1);
  if (!newest) return Math.floor(nowS);
  const due = Math.floor(nowS) - Math.min(GRACE_S, newest.seconds);
  return Math.max(due - (due % newest.seconds), newest.begins + newest.seconds);
}

export const missingS = ({ coveredS, expectedS }: Day): number => Math.max(0, expectedS - coveredS);

export const isClean = (day: Day): boolean =>
  missingS(day) === 0 && day.contrary.length === 0 && day.untested.length === 0;

const inOrder = (claims: readonly ClaimId[]): ClaimId[] => CLAIM_IDS.filter((claim) => claims.includes(claim));
