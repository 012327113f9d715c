/** Every program the auditor knows. */

import type { Program } from './program.ts';
import { NETWORK_PROGRAMS } from './programs/index-network.ts';
import { SYSTEM_PROGRAMS } from './programs/index-system.ts';

export const PROGRAMS: readonly Program[] = [...NETWORK_PROGRAMS, ...SYSTEM_PROGRAMS];

export type { Program, Setting } from './program.ts';
