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
const RESTED = toLine({ type: 'rested' }).trim();

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

/** Waits for the agent's first word, tells it to rest, waits until it says that it has, and ends the line. */
async function letRest(line: Duplex, signal: AbortSignal): Promise<void> {
  try {
    await nextWord(line, SPEAK_LIMIT_MS, signal);
    line.write(toLine({ type: 'rest' }));
    // Any other word is a failure, or the first one of another agent, after one that died of it.
    if ((await nextWord(line, REST_LIMIT_MS, signal)) !== RESTED) throw failure('A machine could not be prepared.');
  } finally {
    line.destroy();
  }
}

/** The next thing the agent says, other than that it lives. */
async function nextWord(line: Duplex, limitMs: number, signal: AbortSignal): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let text = '';
  const heard = (chunk: Buffer): void => {
    const words = (text + chunk.toString('latin1')).split('\n');
    text = words.pop()!;
    const word = words.find((said) => said !== HEARTBEAT);
    if (word !== undefined) resolve(word);
  };
  const ended = (): void => reject(failure('A machine ended while it was prepared.'));
  const calledOff = (): void => reject(failure('The preparation of a machine was called off.'));
  const late = (): void => reject(new LetheError('timeout', 'A machine that was prepared did not speak in time.'));
  const limit = setTimeout(late, limitMs);
  line.on('data', heard);
  line.once('end', ended);
  line.once('close', ended);
  signal.addEventListener('abort', calledOff, { once: true });
  if (signal.aborted) calledOff();
  try {
    return await promise;
  } finally {
    clearTimeout(limit);
    line.off('data', heard);
    line.off('end', ended);
    line.off('close', ended);
    signal.removeEventListener('abort', calledOff);
  }
}

const failure = (text: string): LetheError => new LetheError('engine_failed', text);
