/** What `lethe completion` does. */

import { completionScript, type Shell } from '../completion.ts';
import type { Io } from '../io.ts';
import { buildProgram } from '../program.ts';
import type { Result } from '../run.ts';

export async function completion(_io: Io, shell: Shell): Promise<Result> {
  const script = completionScript(await buildProgram(), shell);
  return { data: { shell, script }, text: script.trimEnd() };
}
