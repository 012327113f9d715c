/** Memory and process limits of a plain machine: those that Lethe's own servers have. */

import type { EngineKind } from '@lethe/core';

export const MACHINE_LIMITS: Record<EngineKind, { memoryMb: number; pids: number }> = {
  container: { memoryMb: 256, pids: 128 },
  microvm: { memoryMb: 192, pids: 128 },
};
