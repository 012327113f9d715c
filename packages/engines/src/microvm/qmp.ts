/** The little of QEMU's control protocol (QMP) that the engine needs. One question per connection: QEMU serves one client at a time. */

import { createConnection } from 'node:net';
import { LetheError, LineReader } from '@lethe/core';

const ANSWER_BYTES = 64 * 1024;

interface QmpMessage {
  QMP?: unknown;
  return?: unknown;
  error?: { desc: string };
}

/** The answer to one command. Throws `unreachable` if QEMU does not listen, `engine_failed` if it refuses. */
export function ask(socketPath: string, command: string, limitMs: number, details?: object): Promise<unknown> {
  const question = JSON.stringify({ execute: command, arguments: details });
  return new Promise((resolve, reject) => {
    const socket = createConnection(socketPath);
    const reader = new LineReader(ANSWER_BYTES);
    let answers = 0;
    const fail = (): void =>
      settle(() => reject(new LetheError('unreachable', 'The virtual machine does not answer its control socket.')));
    const limit = setTimeout(fail, limitMs);
    const settle = (then: () => void): void => {
      clearTimeout(limit);
      socket.destroy();
      then();
    };
    const take = (message: QmpMessage): void => {
      if (message.error)
        settle(() => reject(new LetheError('engine_failed', 'The virtual machine refused a command.')));
      else if (message.QMP) socket.write(`{"execute":"qmp_capabilities"}\n${question}\n`);
      else if ('return' in message && ++answers === 2) settle(() => resolve(message.return));
    };
    socket.on('data', (chunk: Buffer) => {
      try {
        for (const message of reader.push(chunk)) take(message as QmpMessage);
      } catch (error) {
        settle(() => reject(error));
      }
    });
    socket.once('error', fail);
    socket.once('close', fail);
  });
}
