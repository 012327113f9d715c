/** Every program the auditor knows. */

import type { Program } from './program.ts';
import { NETWORK_PROGRAMS } from './programs/index-network.ts';
import { SYSTEM_PROGRAMS } from './programs/index-system.ts';
import { LETHE } from './programs/lethe.ts';

export const PROGRAMS: readonly Program[] = [...LETHE, ...NETWORK_PROGRAMS, ...SYSTEM_PROGRAMS];

export type { Program, Setting } from './program.ts';
