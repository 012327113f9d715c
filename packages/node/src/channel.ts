/**
 * The line to the host: a character device in a virtual machine, a unix socket in a container. Opened for as long as the agent
 * lives, again and again, because the host may restart at any time and tunnels go on meanwhile.
 */

import { open } from 'node:fs/promises';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { AGENT_LINE_BYTES, type AgentToHost } from '@lethe/core/agent-protocol';
import { LineReader, toLine } from '@lethe/core/lines';

/** What is on the agent's side of the line. Every connection begins with `connected`. */
export interface Session {
  connected(send: (message: AgentToHost) => void): void;
  received(message: unknown): void;
  disconnected(): void;
}

export interface ChannelPlace {
  kind: 'device' | 'socket';
  path: string;
}

/** Wait before the next attempt, in milliseconds: short at first, so that a birth is not held up, and bounded. */
const FIRST_WAIT_MS = 50;
const LONGEST_WAIT_MS = 2000;
/** How often a device without a host at its other end is asked again. */
const DEVICE_POLL_MS = 100;
/** What may wait to be written to a host that does not read. */
const WRITE_LIMIT_BYTES = AGENT_LINE_BYTES;

/** Serves the session for ever. */
export async function serveChannel(place: ChannelPlace, session: Session): Promise<never> {
  for (let wait = FIRST_WAIT_MS; ; wait = Math.min(wait * 2, LONGEST_WAIT_MS)) {
    const spoke = await (place.kind === 'device' ? overDevice : overSocket)(place.path, session);
    if (spoke) wait = FIRST_WAIT_MS;
    await sleep(wait);
  }
}

/** One connection over a unix socket. Resolves when it ends, with whether the host said anything. */
function overSocket(path: string, session: Session): Promise<boolean> {
  return new Promise((resolve) => {
    const lines = new LineReader(AGENT_LINE_BYTES);
    const socket = connect(path);
    let spoke = false;
    let connected = false;
    socket.on('connect', () => {
      connected = true;
      session.connected((message) => {
        if (message.type === 'heartbeat' && socket.writableLength > 0) return;
        socket.write(toLine(message));
        if (socket.writableLength > WRITE_LIMIT_BYTES) socket.destroy();
      });
    });
    socket.on('data', (chunk: Buffer) => {
      spoke = true;
      if (!deliver(lines, chunk, session)) socket.destroy();
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      if (connected) session.disconnected();
      resolve(spoke);
    });
  });
}

/**
 * Over a virtio port. It can be opened once at a time and reads as ended while no host listens; a write then waits. So it stays open,
 * and a new connection begins where the old one ended or broke: the first thing written is the greeting, which goes out as soon as
 * a host is there. Resolves only if the device cannot be used.
 */
async function overDevice(path: string, session: Session): Promise<boolean> {
  let spoke = false;
  try {
    const device = await open(path, 'r+');
    const chunk = Buffer.alloc(65_536);
    let waiting = 0;
    let written: Promise<unknown> = Promise.resolve();
    const send = (message: AgentToHost): void => {
      if (waiting > (message.type === 'heartbeat' ? 0 : WRITE_LIMIT_BYTES)) return;
      const line = Buffer.from(toLine(message));
      waiting += line.length;
      written = written
        .then(() => writeWhole(device, line))
        .then(
          () => {
            waiting -= line.length;
          },
          () => {},
        );
    };
    for (;;) {
      const lines = new LineReader(AGENT_LINE_BYTES);
      session.connected(send);
      for (let heard = false; ; ) {
        const { bytesRead } = await device.read(chunk, 0, chunk.length, null);
        if (bytesRead === 0) {
          if (heard) break;
          await sleep(DEVICE_POLL_MS);
        } else {
          heard = true;
          spoke = true;
          if (!deliver(lines, chunk.subarray(0, bytesRead), session)) break;
        }
      }
      session.disconnected();
    }
  } catch {
    session.disconnected();
    return spoke;
  }
}

async function writeWhole(
  device: { write(data: Uint8Array): Promise<{ bytesWritten: number }> },
  line: Uint8Array,
): Promise<void> {
  for (let rest = line; rest.length > 0; ) rest = rest.subarray((await device.write(rest)).bytesWritten);
}

/** Hands over the messages of a chunk. False if the line is broken: half a message of a host that died, for one. */
function deliver(lines: LineReader, chunk: Uint8Array, session: Session): boolean {
  try {
    for (const message of lines.push(chunk)) session.received(message);
    return true;
  } catch {
    return false;
  }
}
