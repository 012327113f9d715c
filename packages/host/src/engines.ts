/** The engines of this machine: the one the operator chose first, then every other one that can be opened here. */

import { join } from 'node:path';
import { ENGINE_KINDS, type Engine, LetheError } from '@lethe/core';
import { chooseEngine, openEngine } from '@lethe/engines';
import type { HostConfig } from './config.ts';

/** Opens them. Throws what the chosen one throws; others that this machine cannot run are left out. */
export async function openEngines({ runDir, instance, image, engine }: HostConfig): Promise<Engine[]> {
  const options = { runDir: join(runDir, 'engines'), instance, image };
  const engines = [await chooseEngine(engine, options)];
  for (const kind of ENGINE_KINDS) {
    if (kind === engines[0]!.kind) continue;
    try {
      engines.push(await openEngine(kind, options));
    } catch (error) {
      if (!(error instanceof LetheError)) throw error;
    }
  }
  return engines;
}
