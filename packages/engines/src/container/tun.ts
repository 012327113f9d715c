/**
 * The TUN device as a container may open it. udev opens the host's node to everybody, since the kernel asks for
 * NET_ADMIN besides; on a host without udev it belongs to root alone, who is nobody inside. There a machine gets a node
 * of its own, in its directory and owned by its root, and the host's node stays as it is.
 */

import { chmodSync, chownSync, closeSync, openSync, statSync } from 'node:fs';
import { LetheError } from '@lethe/core';
import { type CommandOptions, run } from '../process/command.ts';

export const HOST_TUN = '/dev/net/tun';

const [MAJOR, MINOR] = ['10', '200'];

/**
 * Path of a node that uid `owner` may open, made at `ownNode` if needed; null if this host has no TUN device. Throws
 * `missing_tool` if none can be made there.
 */
export async function openTun(
  tools: { mknod: string },
  ownNode: string,
  owner: number,
  options: CommandOptions,
): Promise<string | null> {
  const host = statSync(HOST_TUN, { throwIfNoEntry: false });
  if (!host) return null;
  if ((host.mode & 0o006) === 0o006) return HOST_TUN;
  await run(tools.mknod, [ownNode, 'c', MAJOR, MINOR], options);
  chmodSync(ownNode, 0o600);
  chownSync(ownNode, owner, owner);
  try {
    closeSync(openSync(ownNode, 'r+'));
  } catch (cause) {
    const advice = 'Open the TUN device to containers: chmod 666 /dev/net/tun.';
    throw new LetheError('missing_tool', `The run directory lies where devices are refused. ${advice}`, { cause });
  }
  return ownNode;
}
