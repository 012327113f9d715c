/** A storage that lets a test act at one step of one write of a checkpoint. */

import type { Storage } from '../../src/storage.ts';

/** The durable steps of remembering a checkpoint, in their order. */
export const STEPS = ['write', 'sync', 'rename', 'syncDirectory'] as const;
export type Step = (typeof STEPS)[number];

export interface Fault {
  /** At which write of a checkpoint, from 1. */
  nth: number;
  step: Step;
  /** Before the step is done, or after. */
  when: 'before' | 'after';
}

/** Every step, each with the fault before it is done and after. */
export const FAULTS: Omit<Fault, 'nth'>[] = STEPS.flatMap((step) => [
  { step, when: 'before' },
  { step, when: 'after' },
]);

/** Calls `strike` at the place, once; it throws, or ends the process. */
export function faulty(disk: Storage, fault: Fault, strike: () => void): Storage {
  let writes = 0;
  let struck = false;
  const at = async (step: Step, work: () => Promise<void>): Promise<void> => {
    const here = !struck && writes === fault.nth && step === fault.step;
    if (here) struck = true;
    if (here && fault.when === 'before') strike();
    await work();
    if (here && fault.when === 'after') strike();
  };
  return {
    read: (name) => disk.read(name),
    list: () => disk.list(),
    remove: (name) => disk.remove(name),
    write: (name, content) => {
      if (name.includes('.checkpoint')) writes += 1;
      return at('write', () => disk.write(name, content));
    },
    sync: (name) => at('sync', () => disk.sync(name)),
    rename: (from, to) => at('rename', () => disk.rename(from, to)),
    syncDirectory: () => at('syncDirectory', () => disk.syncDirectory()),
  };
}
