/** The service, the engine and the machine of a server on this machine. */

import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { DrillSubject } from '@lethe/audit';
import { ENGINE_KINDS, type Engine, LetheError } from '@lethe/core';
import { openEngine } from '@lethe/engines';
import type { Marks } from '../demo/leftovers.ts';

/** The service whose data directory this is. Throws `not_root` or `bad_request`. */
export function findService(data: string): Marks {
  if (process.getuid?.() !== 0)
    throw new LetheError('not_root', 'A drill reads the memory of the machine: it needs root. Nothing was searched.');
  const dataDir = resolve(data);
  let instance = '';
  try {
    instance = readFileSync(join(dataDir, 'instance'), 'utf8').trim();
  } catch {
    // said below
  }
  if (!/^[0-9a-f]{6}$/.test(instance))
    throw new LetheError(
      'bad_request',
      `There is no service in ${dataDir}. Name its data directory with --data, on the machine that runs it. Nothing was searched.`,
    );
  return { instance, dataDir };
}

/** The engine that runs this server, opened beside the supervisor's: it only looks. Throws `not_found`. */
export async function engineOf({ instance, dataDir }: Marks, id: string): Promise<Engine> {
  const { buildImage } = await import('@lethe/image');
  const image = await buildImage();
  const runDir = join('/run/lethe', instance, 'engines');
  for (const kind of ENGINE_KINDS) {
    const engine = await openEngine(kind, { runDir, instance, image, onlyLook: true }).catch((error: unknown) => {
      if (error instanceof LetheError && error.code === 'missing_tool') return null;
      throw error;
    });
    if ((await engine?.list())?.some((machine) => machine.id === id && machine.state === 'running')) return engine!;
  }
  throw new LetheError(
    'not_found',
    `The server does not run on this machine under ${dataDir}. Run the drill where it runs. Nothing was searched.`,
  );
}

/** A server's machine as a drill takes it in hands. */
export const machineOf = (engine: Engine, id: string): Pick<DrillSubject, 'engine' | 'freeze' | 'thaw' | 'memory'> => ({
  engine: engine.kind,
  freeze: () => engine.freeze(id),
  thaw: () => engine.thaw(id),
  memory: () => engine.memory(id),
});
