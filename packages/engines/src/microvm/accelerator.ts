/**
 * Chooses between KVM and software emulation by trying: on some machines /dev/kvm exists, accepts a virtual machine, and nothing in
 * it ever runs. The answer is kept beside the machines until the host restarts or the image changes.
 */

import { spawn } from 'node:child_process';
import { accessSync, constants, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ImageFiles } from '@lethe/core';
import type { HostTools } from './host-tools.ts';
import { type Accelerator, probeArguments, processName } from './qemu.ts';

/** A boot to the initramfs takes under a second where KVM works. */
const PROBE_LIMIT_MS = 8000;

export interface ProbeContext {
  tools: HostTools;
  runDir: string;
  instance: string;
  /** The device that gives KVM; tests name another. */
  device?: string;
  limitMs?: number;
}

/** The accelerator to use on this host with this image. */
export async function chooseAccelerator(image: ImageFiles, context: ProbeContext): Promise<Accelerator> {
  if (!readable(context.device ?? '/dev/kvm')) return 'tcg';
  const file = join(context.runDir, 'accelerator.json');
  const known = remembered(file, image.digest);
  if (known) return known;
  const accelerator = (await boots(image, 'kvm', context)) ? 'kvm' : 'tcg';
  writeFileSync(`${file}.new`, JSON.stringify({ image: image.digest, accelerator }), { mode: 0o600 });
  renameSync(`${file}.new`, file);
  return accelerator;
}

/** True if the image's kernel reaches its initramfs under an accelerator within the limit. Leaves no process behind. */
export function boots(image: ImageFiles, accelerator: Accelerator, context: ProbeContext): Promise<boolean> {
  return new Promise((resolve) => {
    const args = probeArguments(image, accelerator, processName(context.instance, 'probe'), context.runDir, {
      version: context.tools.version,
      swap: false,
    });
    const child = spawn(context.tools.qemu, args, { stdio: ['ignore', 'pipe', 'ignore'] });
    const limit = setTimeout(() => child.kill('SIGKILL'), context.limitMs ?? PROBE_LIMIT_MS);
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => {
      if (said.length < 4096) said += chunk.toString('latin1');
    });
    child.once('error', () => {});
    child.once('close', () => {
      clearTimeout(limit);
      resolve(said.includes('lethe-probe'));
    });
  });
}

function remembered(file: string, digest: string): Accelerator | null {
  try {
    const { image, accelerator } = JSON.parse(readFileSync(file, 'utf8')) as {
      image: string;
      accelerator: Accelerator;
    };
    return image === digest && (accelerator === 'kvm' || accelerator === 'tcg') ? accelerator : null;
  } catch {
    return null;
  }
}

function readable(device: string): boolean {
  try {
    accessSync(device, constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
