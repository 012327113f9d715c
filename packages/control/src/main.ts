/**
 * Entry of the control process. Its parent forks it and talks over IPC: the configuration comes in the first message, so that no
 * secret is in an argument or the environment. It ends when the parent is gone or at SIGTERM. It writes nothing to any output.
 */

import { LetheError } from '@lethe/core';
import { parseConfig } from './config.ts';
import { type Control, startControl } from './control.ts';

/** Everything this process ever says to its parent. */
type Said =
  | { type: 'ready'; port: number; mode: Control['mode'] }
  | { type: 'mail'; to: string; subject: string; text: string }
  | { type: 'join-token'; token: string }
  | { type: 'fatal'; code: string; message: string };

const say = (message: Said): Promise<void> =>
  new Promise((resolve, reject) => {
    if (!process.send || !process.connected)
      return reject(new LetheError('unreachable', 'The parent process is gone.'));
    process.send(message, (error: Error | null) => (error ? reject(error) : resolve()));
  });

let running: Promise<Control> | undefined;
let ending = false;

process.on('message', (message: { type?: unknown }) => {
  if (message.type === 'config' && !running) start(message);
  if (message.type === 'join-token') void sayJoinToken();
});
process.on('disconnect', () => void end(0));
process.on('SIGTERM', () => void end(0));
// The parent has the terminal and ends its parts in order.
process.on('SIGINT', () => {});
process.on('uncaughtException', (error) => void fail(error));
process.on('unhandledRejection', (error) => void fail(error));

function start(message: unknown): void {
  running = (async () => startControl(parseConfig(message), { onMail: (mail) => say({ type: 'mail', ...mail }) }))();
  running.then((control) => say({ type: 'ready', port: control.port, mode: control.mode })).catch(fail);
}

async function sayJoinToken(): Promise<void> {
  try {
    const control = await running;
    if (control) await say({ type: 'join-token', token: await control.joinToken() });
  } catch (error) {
    await fail(error);
  }
}

/** Reports why the process cannot go on, by code and the message written for people, and ends. */
async function fail(error: unknown): Promise<void> {
  const { code, message } =
    error instanceof LetheError
      ? error
      : new LetheError('internal', 'The control plane failed in a way it does not know.');
  await say({ type: 'fatal', code, message }).catch(() => {});
  await end(1);
}

async function end(status: number): Promise<void> {
  if (ending) return;
  ending = true;
  // A part that hangs must not keep the process: what is durable is durable already.
  setTimeout(() => process.exit(status || 1), 15_000).unref();
  const control = await running?.catch(() => undefined);
  await control?.stop().catch(() => {});
  process.exit(status);
}
