/** The microvm engine: servers as QEMU virtual machines, each with a kernel of its own. */

import { MicrovmEngine, type MicrovmOptions } from './engine.ts';
import { findHostTools } from './host-tools.ts';

export { MicrovmEngine, type MicrovmOptions } from './engine.ts';

/** Opens the microvm engine on a run directory; what ended machines left is overwritten first. Throws `not_root` or `missing_tool` where this host cannot run virtual machines. */
export async function openMicrovmEngine(options: MicrovmOptions): Promise<MicrovmEngine> {
  const engine = new MicrovmEngine(options, await findHostTools(options.path));
  if (!options.onlyLook) await engine.adopt();
  return engine;
}
