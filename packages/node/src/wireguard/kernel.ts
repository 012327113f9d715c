/** WireGuard in the kernel. */

import { TUNNEL_INTERFACE } from '../addresses.ts';
import { runAny } from '../run.ts';

/** Makes the interface if this kernel has WireGuard. Returns whether it did. */
export async function addKernelInterface(): Promise<boolean> {
  const { code } = await runAny('ip', ['link', 'add', 'dev', TUNNEL_INTERFACE, 'type', 'wireguard']);
  return code === 0;
}
