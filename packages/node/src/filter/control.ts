/** The filter's control socket: fixed words as lines of JSON, for the agent alone. */

import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { LineReader, toLine } from '@lethe/core/lines';

export type FilterQuestion =
  /** Read the choices and the table again. */
  | { type: 'load' }
  /** This process may be a copy of another: draw no random number from what it knows already. */
  | { type: 'wake' }
  /** How many lookups were blocked since the start. */
  | { type: 'total' };

export type FilterAnswer =
  | { type: 'loaded' }
  | { type: 'woken' }
  /** The files could not be used, or the word is not known; everything stays as it was. */
  | { type: 'refused' }
  /** Rounded down to a power of ten: see `coarse`. */
  | { type: 'total'; blocked: number };

const LINE_BYTES = 256;
const MAX_CONNECTIONS = 8;

/**
 * Answers questions one after the other. A socket left over at the path is replaced; its directory decides who
 * reaches it: the agent's root has no power over permissions in a container.
 */
export async function serveControl(
  path: string,
  answer: (question: FilterQuestion) => Promise<FilterAnswer>,
): Promise<Server> {
  rmSync(path, { force: true });
  const server = createServer((socket) => serve(socket, answer));
  server.maxConnections = MAX_CONNECTIONS;
  const mask = process.umask(0o111);
  try {
    server.listen(path);
    await once(server, 'listening');
  } finally {
    process.umask(mask);
  }
  return server;
}

function serve(socket: Socket, answer: (question: FilterQuestion) => Promise<FilterAnswer>): void {
  const lines = new LineReader(LINE_BYTES);
  let last: Promise<unknown> = Promise.resolve();
  socket.on('error', () => {});
  socket.on('data', (chunk: Buffer) => {
    try {
      for (const question of lines.push(chunk)) {
        last = last
          .then(() => (isQuestion(question) ? answer(question) : { type: 'refused' }))
          .catch(() => ({ type: 'refused' }))
          .then((value) => socket.writable && socket.write(toLine(value)));
      }
    } catch {
      socket.destroy();
    }
  });
}

function isQuestion(value: unknown): value is FilterQuestion {
  const type = (value as { type?: unknown } | null)?.type;
  return type === 'load' || type === 'wake' || type === 'total';
}
