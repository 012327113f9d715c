/** Which known program a process is. */

import type { Process } from '../facts/facts.ts';
import { PROGRAMS } from './index.ts';
import type { Program } from './program.ts';

/** Interpreters: what they run is named by their first argument that is no option. */
const INTERPRETERS = /^(ba|da|z|k|a)?sh$|^busybox$|^python[\d.]*$|^perl[\d.]*$|^ruby[\d.]*$|^node$|^php[\d.]*$/;

/** Base name of what runs: the executable, or the script for an interpreter. */
export function nameOf(process: Process): string {
  const own = base(process.exe?.replace(/ \(deleted\)$/, '') ?? process.argv[0] ?? process.name);
  if (!INTERPRETERS.test(own)) return own;
  const script = scriptOf(process);
  return script === null ? own : base(script);
}

/** Path of the script an interpreter runs, as its command line names it; null for none. */
export function scriptOf(process: Process): string | null {
  const own = base(process.exe?.replace(/ \(deleted\)$/, '') ?? process.argv[0] ?? '');
  if (!INTERPRETERS.test(own)) return null;
  const [first, second] = process.argv.slice(1).filter((argument) => argument !== '');
  if (first === undefined) return null;
  if (/^-[a-zA-Z]*c$|^-e$/.test(first)) return null;
  return first.startsWith('-') ? (second?.startsWith('-') === false ? second : null) : first;
}

/** What an interpreter runs from its command line (`sh -c …`); null for none. */
export function inlineScriptOf(process: Process): string | null {
  const at = process.argv.findIndex((argument, index) => index > 0 && /^-[a-zA-Z]*c$|^-e$/.test(argument));
  return at > 0 ? (process.argv[at + 1] ?? null) : null;
}

const byName = new Map<string, Program[]>();
for (const program of PROGRAMS) {
  for (const name of program.recognise.names) byName.set(name, [...(byName.get(name) ?? []), program]);
}

/** The program, or null. A name shared by several is decided by the command line; one that asks for more wins over one that does not. */
export function recognise(process: Process): Program | null {
  const exe = process.exe === null ? null : base(process.exe.replace(/ \(deleted\)$/, ''));
  // What a process calls itself counts only where its file does not say what it is: anybody can take a name.
  const named = exe === null || INTERPRETERS.test(exe) ? [process.name, title(process)] : [];
  const names = [nameOf(process), ...(exe === null ? [] : [exe]), ...named];
  const line = process.argv.join(' ');
  for (const name of new Set(names)) {
    const candidates = byName.get(name) ?? [];
    const match =
      candidates.find(({ recognise: { argv } }) => argv !== undefined && new RegExp(argv).test(line)) ??
      candidates.find(({ recognise: { argv } }) => argv === undefined);
    if (match) return match;
  }
  return null;
}

/** Programs that write what they are into their command line: `nginx: worker process`, `postgres: checkpointer`. */
const title = (process: Process): string => /^([\w.-]+): /.exec(process.argv[0] ?? '')?.[1] ?? '';

const base = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
