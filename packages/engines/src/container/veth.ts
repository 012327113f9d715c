/**
 * The pair of interfaces between host and container. The host's end carries a hardware address made from the server's
 * id: the one mark that can be set in the same step that makes the interface, so that an interface of somebody else is
 * never taken for ours and removed.
 */

import { createHash } from 'node:crypto';
import { LetheError } from '@lethe/core';
import type { CommandOptions } from '../process/command.ts';
import { run } from '../process/command.ts';

/** A hardware address of our own making (locally administered, unicast) for the host's end of a server's link. */
export function linkMark(id: string): string {
  const digest = createHash('sha256').update(`lethe link ${id}`).digest();
  return `06:${[...digest.subarray(0, 5)].map((byte) => byte.toString(16).padStart(2, '0')).join(':')}`;
}

/**
 * Makes the pair in one step, the inner end as eth0 in the network namespace of process `pid`. Throws `engine_failed`
 * if the name is taken.
 */
export async function makeLink(
  ip: string,
  id: string,
  name: string,
  pid: number,
  options: CommandOptions,
): Promise<void> {
  const host = ['link', 'add', 'name', name, 'address', linkMark(id)];
  await run(ip, [...host, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', String(pid)], options);
}

/** Removes the host's end, and with it the pair, if it is ours. Succeeds if there is none. */
export async function removeLink(ip: string, id: string, name: string, options: CommandOptions): Promise<void> {
  const found = await findLink(ip, name, options);
  if (found !== linkMark(id)) return;
  try {
    await run(ip, ['link', 'delete', 'dev', name], options);
  } catch (error) {
    // The pair also ends with the container's network namespace, which may happen between the look and the deletion.
    if ((await findLink(ip, name, options)) === linkMark(id)) throw error;
  }
}

/**
 * Hardware address of an interface, or null if there is no such interface. `ip` says so in two ways: before it asks for
 * the interface by name, and when the interface ends between its two questions.
 */
async function findLink(ip: string, name: string, options: CommandOptions): Promise<string | null> {
  try {
    const output = await run(ip, ['-brief', 'link', 'show', 'dev', name], options);
    return /(?:[0-9a-f]{2}:){5}[0-9a-f]{2}/.exec(output)?.[0] ?? null;
  } catch (error) {
    if (
      error instanceof LetheError &&
      error.cause instanceof Error &&
      /does not exist|No such device/.test(error.cause.message)
    )
      return null;
    throw error;
  }
}
