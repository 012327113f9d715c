/** Live state of devices. Three answers: online, offline, and not known, which is what a failed or old look is. */

import type { Device } from '@lethe/api/devices';
import type { LiveStatus } from '@lethe/api/live-status';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { LIVE_MS, statusQuery } from '../service/queries.ts';
import { errorWords, hasCode } from '../words/errors.ts';
import { spanWords } from '../words/format.ts';

/** Milliseconds after which an answer is too old to claim anything. */
const STALE_MS = 3 * LIVE_MS;

export interface Live {
  /** Null while nothing current is known. */
  status: LiveStatus | null;
  /** Whether the first look is still under way. */
  looking: boolean;
  /** What is wrong, in a sentence; null if nothing is. */
  problem: string | null;
}

export interface LiveState {
  look: 'online' | 'offline' | 'unknown';
  word: string;
  detail: string | null;
}

export function useLive(server: string): Live {
  const status = useQuery(statusQuery(server));
  const now = useTicks(status.dataUpdatedAt);
  const fresh = !status.isError && now - status.dataUpdatedAt < STALE_MS;
  const known = status.data && fresh ? status.data : null;
  return { status: known, looking: status.isPending, problem: problemOf(status.isPending, known, status.error) };
}

function problemOf(looking: boolean, status: LiveStatus | null, error: unknown): string | null {
  if (looking) return null;
  if (hasCode(error, 'bad_signature', 'server_key_changed')) return errorWords(error);
  if (!status)
    return 'Your server could not be asked just now, so it is not known who is online. The page keeps trying.';
  if (!status.current)
    return 'The newest list of devices has not reached your server yet. It will, without your doing.';
  return null;
}

/** The time, renewed often enough to notice that an answer has become old. */
function useTicks(updatedAt: number): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), LIVE_MS);
    return () => clearInterval(timer);
  }, []);
  return Math.max(now, updatedAt);
}

export function stateOf(device: Device, live: Live): LiveState {
  const seen = live.status?.devices.find((one) => one.key === device.key);
  if (!seen) return { look: 'unknown', word: live.looking ? 'Looking…' : 'Not known', detail: null };
  const detail = seen.handshakeAgeS === null ? 'not connected yet' : `handshake ${spanWords(seen.handshakeAgeS)} ago`;
  return seen.online ? { look: 'online', word: 'Online', detail } : { look: 'offline', word: 'Offline', detail };
}
