/** One connection to one server's agent. Anything that is not in the protocol, or too much of it, ends it. */

import type { Duplex } from 'node:stream';
import { AGENT_LINE_BYTES, type AgentToHost, type HostToAgent, LineReader, toLine } from '@lethe/core';
import { parseAgentMessage } from './messages.ts';

/** Messages an agent may send in a window; a birth takes about ten. */
const MOST_MESSAGES = 200;
const WINDOW_MS = 10_000;
/** What may wait for an agent that does not read. */
const MOST_WAITING_BYTES = 1 << 20;

/**
 * Serves the connection until it ends; never throws. Messages are handled one after another. A handler that throws ends the
 * connection: what the agent said had no place in its life.
 */
export async function serveSession(
  stream: Duplex,
  onStart: (send: (message: HostToAgent) => void) => void,
  onMessage: (message: AgentToHost) => Promise<void>,
): Promise<void> {
  const lines = new LineReader(AGENT_LINE_BYTES);
  let inWindow = 0;
  const window = setInterval(() => {
    inWindow = 0;
  }, WINDOW_MS);
  stream.on('error', () => stream.destroy());
  onStart((message) => {
    if (stream.destroyed) return;
    stream.write(toLine(message));
    if (stream.writableLength > MOST_WAITING_BYTES) stream.destroy();
  });
  try {
    // Handled before the next chunk is read: an agent that talks fast waits in its own buffers, not in ours.
    for await (const chunk of stream) {
      for (const value of lines.push(chunk as Uint8Array)) {
        inWindow += 1;
        if (inWindow > MOST_MESSAGES) return;
        await onMessage(parseAgentMessage(value));
      }
    }
  } catch {
    // A broken line, a word out of place, or the end of the machine: all the same here.
  } finally {
    clearInterval(window);
    stream.destroy();
  }
}
