/**
 * The positive control of the hunt: before any traffic, a word is planted on the target in a file, in a file without a name and in the
 * memory of a process. A hunt that misses one of them is blind there, and Not tested.
 */

import { randomBytes } from 'node:crypto';
import type { Question } from '../target/session.ts';

export interface TraceControl {
  /** A file written just before the word was: what changed since the run began is newer. */
  since: string;
  /** The file that holds the word. */
  file: string;
  begin: Question;
  end: Question;
}

/** `sleep` keeps the word in its environment. It ends by itself after an hour, should nobody be left to end it. */
export function plantWord(word: string): TraceControl {
  const base = `/tmp/lethe-control-${randomBytes(8).toString('hex')}`;
  const [since, file] = [`${base}.since`, `${base}.word`];
  const octal = [...Buffer.from(word)].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('');
  return {
    since,
    file,
    begin: {
      id: 'trace-control',
      shell: `(umask 077; set -C; : >${since} || exit 1; sleep 1; exec 8>${file} 7>${base}.open; rm ${base}.open; printf '${octal}\\n' >&7; printf '${octal}\\n' >&8
W=$(printf '${octal}') sleep 3600 </dev/null >/dev/null 2>&1 & echo $! >&8) && tail -n 1 ${file}`,
      maxBytes: 64,
    },
    end: {
      id: 'trace-control-end',
      shell: `p=$(tail -n 1 ${file}); case $p in ''|*[!0-9]*) ;; *) [ "$(readlink /proc/"$p"/fd/8)" = ${file} ] && kill "$p";; esac; rm -f ${since} ${file} ${base}.open; [ ! -e ${file} ]`,
      maxBytes: 64,
    },
  };
}
