/**
 * Engines: the places where servers run. `microvm` gives each a kernel of its own (QEMU), `container` shares the host's
 * (runc). Both run the same image.
 */

import { join } from 'node:path';
import { ENGINE_KINDS, type Engine, type EngineKind, type ImageFiles, LetheError } from '@lethe/core';
import type { EngineOptions } from './options.ts';

export type { EngineOptions } from './options.ts';

export interface OpenOptions extends EngineOptions {
  /** Directory of all engines of the installation; each uses a directory of its kind in it. */
  runDir: string;
  /** The image servers will run: `microvm` boots its kernel once to see whether virtualization works. */
  image: ImageFiles;
}

/** Opens one engine; only its own code is loaded. Throws `not_root` or `missing_tool` where this host cannot run it. */
export async function openEngine(kind: EngineKind, options: OpenOptions): Promise<Engine> {
  const own = { ...options, runDir: join(options.runDir, kind) };
  if (kind === 'container') {
    const { openContainerEngine } = await import('./container/index.ts');
    return openContainerEngine(own);
  }
  const { openMicrovmEngine } = await import('./microvm/index.ts');
  return openMicrovmEngine(own);
}

/**
 * The engine of an operator's choice: a kind, or `auto` for virtual machines where KVM really works and containers
 * elsewhere. Software emulation is only used when asked for: it is slow. Throws `unknown_engine` for another word, and
 * what `openEngine` throws.
 */
export async function chooseEngine(choice: string, options: OpenOptions): Promise<Engine> {
  if (choice === 'auto') return (await openWithKvm(options)) ?? openEngine('container', options);
  const kind = ENGINE_KINDS.find((known) => known === choice);
  if (kind) return openEngine(kind, options);
  throw new LetheError('unknown_engine', `There is no such engine. Choose auto, ${ENGINE_KINDS.join(' or ')}.`);
}

async function openWithKvm(options: OpenOptions): Promise<Engine | null> {
  try {
    const engine = await openEngine('microvm', options);
    return (await engine.capabilities()).accelerator === 'kvm' ? engine : null;
  } catch (error) {
    if (error instanceof LetheError && error.code === 'missing_tool') return null;
    throw error;
  }
}
