/**
 * The positive control of an inventory: a file and a listening socket that no part of a server makes, there only while it is looked
 * whether the searches see them. It shows that looking works at all, not that each search does: planting a rule or a route would change
 * the server. Made and taken away in the agent's own turn, in which the watch does not look.
 */

import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { PLACES } from '../places.ts';
import { searchFiles } from './files.ts';
import { searchSockets } from './sockets.ts';

const FILE = `${PLACES.directory}/control`;

/** True if the searches find what is planted. Never throws: what cannot be planted is not found. */
export async function findsWhatIsPlanted(mayListen: ReadonlySet<number>): Promise<boolean> {
  const listener = createServer((socket) => socket.destroy());
  try {
    writeFileSync(FILE, '', { mode: 0o600 });
    await once(listener.listen(0, '127.0.0.1'), 'listening');
    const sockets = await searchSockets(mayListen);
    return searchFiles().includes('file') && sockets?.includes('listening_socket') === true;
  } catch {
    return false;
  } finally {
    if (listener.listening) await new Promise((resolve) => listener.close(resolve));
    removeControl();
  }
}

/** Removes what an agent left that ended in between. What cannot be removed is found by the next look, and said. */
export function removeControl(): void {
  try {
    rmSync(FILE, { force: true, recursive: true });
  } catch {
    // Somebody mounted something there.
  }
}
