/**
 * A machine that has booted, up to the point where its agent waits for a birth: memory and state of it, from which others go on instead of
 * booting. Emulation takes nine seconds to boot and a third of one to copy.
 *
 * Nothing of a server is in it: it is taken before any birth. What copies would have in common is dealt with at the birth, which brings
 * fresh randomness and the time (`@lethe/core/agent-protocol`); that the layout of their kernels' memory is the same is a stated limit.
 *
 * Order: the machine that becomes the template has a directory with a record that says so, and ends like every other. Its state is
 * written, then its memory copied; only a program that did both uses them. What a program leaves that ended meanwhile is removed by
 * `release`, never used.
 */

import { mkdirSync, rmSync } from 'node:fs';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ImageFiles, LetheError, toLine } from '@lethe/core';

/** From the start of the machine to its agent's first word, in milliseconds. */
const SPEAK_LIMIT_MS = 120_000;
/** What an agent may take to get ready for being copied, and then to notice that nobody is on the line. */
const REST_LIMIT_MS = 120_000;
const SETTLE_MS = 1_000;
const HEARTBEAT = toLine({ type: 'heartbeat' }).trim();

export interface TemplateSize {
  image: ImageFiles;
  memoryMb: number;
}

export interface Template {
  /** File with the state. */
  state: string;
  size: TemplateSize;
}

/** What making one needs from the engine, with a machine that has been started for it. */
export interface TemplateMachine {
  connect(): Promise<Duplex>;
  freeze(): Promise<void>;
  saveState(file: string): Promise<void>;
  copyMemory(signal: AbortSignal): Promise<void>;
}

/** Lets a machine rest and copies it. Throws `engine_failed` or `timeout`; files that it left are of no use. */
export async function takeTemplate(
  machine: TemplateMachine,
  directory: string,
  size: TemplateSize,
  signal: AbortSignal,
): Promise<Template> {
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { mode: 0o700 });
  const state = `${directory}/state`;
  await letRest(await machine.connect(), signal);
  await sleep(SETTLE_MS, undefined, { signal });
  await machine.freeze();
  await machine.saveState(state);
  await machine.copyMemory(signal);
  return { state, size };
}

/** Waits for the agent's first word, tells it to rest, waits until it has nothing more to say, and ends the line. */
async function letRest(line: Duplex, signal: AbortSignal): Promise<void> {
  try {
    await nextWord(line, SPEAK_LIMIT_MS, signal);
    line.write(toLine({ type: 'rest' }));
    await nextWord(line, REST_LIMIT_MS, signal);
  } finally {
    line.destroy();
  }
}

/** The next thing the agent says, other than that it lives. */
function nextWord(line: Duplex, limitMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (then: () => void) => (): void => {
      clearTimeout(limit);
      line.off('data', heard);
      line.off('close', ended);
      signal.removeEventListener('abort', calledOff);
      then();
    };
    const fail = (code: 'engine_failed' | 'timeout', text: string) => settle(() => reject(new LetheError(code, text)));
    const done = settle(resolve);
    let text = '';
    const heard = (chunk: Buffer): void => {
      const words = (text + chunk.toString('latin1')).split('\n');
      text = words.pop()!;
      if (words.some((word) => word !== HEARTBEAT)) done();
    };
    const ended = fail('engine_failed', 'A machine ended while it was prepared.');
    const calledOff = fail('engine_failed', 'The preparation of a machine was called off.');
    const limit = setTimeout(fail('timeout', 'A machine that was prepared did not speak in time.'), limitMs);
    line.on('data', heard);
    line.once('close', ended);
    signal.addEventListener('abort', calledOff, { once: true });
    if (signal.aborted) calledOff();
  });
}
