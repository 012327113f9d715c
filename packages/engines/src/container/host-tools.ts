/** What this host offers to containers, and whether that is enough. */

import { existsSync, readFileSync } from 'node:fs';
import { LetheError } from '@lethe/core';
import { findTool, run, searchPath } from '../process/command.ts';
import { HOST_TUN } from './tun.ts';

export interface HostTools {
  path: string;
  runc: string;
  ip: string;
  mknod: string;
  /** True if there is a TUN device. */
  tun: boolean;
  kernelWireguard: boolean;
}

/** Looks for everything a container needs. Throws `not_root` or `missing_tool` and says what to do. */
export async function findHostTools(path: string = searchPath()): Promise<HostTools> {
  if (process.geteuid?.() !== 0) throw new LetheError('not_root', 'Containers need root. Start Lethe as root.');
  const runc = findTool('runc', 'runc', path);
  const ip = findTool('ip', 'iproute2', path);
  const mknod = findTool('mknod', 'coreutils', path);
  requireUserNamespaces();
  const tun = existsSync(HOST_TUN);
  const kernelWireguard = await hasKernelWireguard(ip, path);
  if (!tun && !kernelWireguard)
    throw new LetheError(
      'missing_tool',
      'This host has neither WireGuard in its kernel nor a TUN device. Load one: modprobe tun.',
    );
  return { path, runc, ip, mknod, tun, kernelWireguard };
}

function requireUserNamespaces(): void {
  const most = '/proc/sys/user/max_user_namespaces';
  if (existsSync('/proc/self/ns/user') && existsSync(most) && Number(readFileSync(most, 'utf8')) > 0) return;
  throw new LetheError(
    'missing_tool',
    'User namespaces are switched off on this host. Raise user.max_user_namespaces.',
  );
}

/**
 * Asks the kernel for a WireGuard interface in a network namespace that ends with the question. This also loads the
 * module, where there is one.
 */
async function hasKernelWireguard(ip: string, path: string): Promise<boolean> {
  const unshare = findTool('unshare', 'util-linux', path);
  try {
    await run(unshare, ['--net', ip, 'link', 'add', 'name', 'wg0', 'type', 'wireguard'], { path });
    return true;
  } catch (error) {
    if (error instanceof LetheError && error.code === 'engine_failed') return false;
    throw error;
  }
}
