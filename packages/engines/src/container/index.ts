/** The container engine: servers as runc containers on a shared kernel, for hosts without virtualization. */

import type { EngineOptions } from '../options.ts';
import { ContainerEngine } from './engine.ts';
import { findHostTools } from './host-tools.ts';

export { ContainerEngine } from './engine.ts';

/**
 * Opens the container engine on a run directory. Throws `not_root` or `missing_tool` where this host cannot run
 * containers.
 */
export async function openContainerEngine(options: EngineOptions): Promise<ContainerEngine> {
  return new ContainerEngine(options, await findHostTools(options.path));
}
