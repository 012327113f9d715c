/** Limits of the supervisor, in one place. Tests make them shorter. */

import { availableParallelism } from 'node:os';
import type { EngineKind } from '@lethe/core';

export interface HostSettings {
  /** From the start of a machine to its agent's first word. Emulation boots in 5 s on an idle machine. */
  helloLimitMs: Record<EngineKind, number>;
  /** From the first word to the stage `ready`. The resolver may wait for a slow network. */
  readyLimitMs: number;
  /** Tries of a machine in a row that end badly before its owner is told. */
  attempts: number;
  /** Pause after a bad end, doubled each time. */
  retryFirstMs: number;
  retryLongestMs: number;
  /** A machine that lived this long starts the count anew. */
  steadyAfterMs: number;
  /** Machines that boot at the same time. */
  parallel: number;
  /** MiB of each server: what its kernel (microvm) or its control group (container) gives it. */
  memoryMb: Record<EngineKind, number>;
  /** Processes and threads of each server. A server at work has about 40. */
  pids: number;
}

export const SETTINGS: HostSettings = {
  helloLimitMs: { microvm: 60_000, container: 20_000 },
  readyLimitMs: 120_000,
  attempts: 3,
  retryFirstMs: 500,
  retryLongestMs: 60_000,
  steadyAfterMs: 60_000,
  parallel: Math.max(2, 2 * availableParallelism()),
  memoryMb: { microvm: 192, container: 192 },
  pids: 128,
};

/** Pause before try number `failures` + 1. */
export const pauseMs = (settings: HostSettings, failures: number): number =>
  Math.min(settings.retryFirstMs * 2 ** Math.max(0, failures - 1), settings.retryLongestMs);
