/** What `lethe server forget` does. */

import { LetheError } from '@lethe/core';
import type { Io } from '../io.ts';
import { good } from '../output.ts';
import type { Result } from '../run.ts';
import { appliedLine } from './filter.ts';

interface ForgetFlags {
  after?: string;
}

export async function forget(io: Io, ref: string | undefined, flags: ForgetFlags): Promise<Result> {
  if (flags.after !== undefined) return setBound(io, ref, flags.after);
  io.progress.step('Forgetting');
  const forgotten = await io.customer.forget(ref);
  io.progress.end();
  const seconds = (forgotten.ms / 1000).toFixed(1);
  return {
    data: forgotten,
    text: good(`${forgotten.server.name} has forgotten everything and says so itself; ready again after ${seconds} s.`),
  };
}

async function setBound(io: Io, ref: string | undefined, text: string): Promise<Result> {
  if (!/^[0-9]{2,3}$/.test(text))
    throw new LetheError('bad_request', 'Seconds are a number from 30 to 180. Nothing was changed.');
  io.progress.step('Sealing the settings to the server');
  const changed = await io.customer.changeSettings({ forgetAfterS: Number(text) }, ref);
  io.progress.end();
  return { data: changed, text: appliedLine(changed) };
}
