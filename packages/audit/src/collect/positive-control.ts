/**
 * The positive control: before each run a harmless recorder is planted, a process that holds a log of its own open for writing. A run
 * that does not find it cannot have found a real one, and is Not tested as a whole.
 */

import { randomBytes } from 'node:crypto';
import type { Question } from '../target/session.ts';

export interface Control {
  file: string;
  begin: Question;
  end: Question;
}

/** It ends by itself after an hour, should nobody be left to end it. */
export function plant(): Control {
  const file = `/tmp/lethe-control-${randomBytes(8).toString('hex')}.log`;
  return {
    file,
    begin: {
      id: 'control',
      shell: `(umask 077; set -C; exec 9>${file}; printf 'planted by lethe audit\\n' >&9; sleep 3600 >/dev/null 9>&9 & echo $! >&9) && tail -n 1 ${file}`,
      maxBytes: 64,
    },
    end: {
      id: 'control-end',
      shell: `p=$(tail -n 1 ${file}); case $p in ''|*[!0-9]*) ;; *) [ "$(readlink /proc/"$p"/fd/9)" = ${file} ] && kill "$p";; esac; rm -f ${file}; [ ! -e ${file} ]`,
      maxBytes: 64,
    },
  };
}
