/** The question that reads configuration files, on any target, without taking secrets along. */

import { quote } from './quote.ts';

/** More of a file is not read. */
export const MAX_LINES = 20_000;

const SECRET =
  '(private[-_]?key|preshared[-_]?key|passw|passphrase|requirepass|masterauth|userpass|basicauth|secret|psk|token|api[-_]?key|credential|uuid|^[ \\t]*users? )';

/**
 * awk that prints `PATH<TAB>LINE<TAB>TEXT`, leaves out key blocks and blanks the value of anything that names a secret: an auditor must
 * not carry keys away. Where it is one value of JSON only that is blanked, so that the rest of the file can still be read.
 */
const READ = `awk 'FNR==1{pem=0} FNR>${MAX_LINES}{ if (FNR==${MAX_LINES + 1}) print FILENAME "\\t0\\t"; next } /-----BEGIN/{pem=1} { line=$0; low=tolower(line) } pem{ if (line ~ /-----END/) pem=0; next }
low ~ /${SECRET}/ { out=""; rest=line
  while (match(tolower(rest), /"[^":]*${SECRET}[^":]*"[ \\t]*:[ \\t]*("([^"\\\\]|\\\\.)*"|[a-z0-9.+-]+)/)) { from=RSTART; size=RLENGTH; piece=substr(rest,from,size); match(piece, /"[ \\t]*:/); out=out substr(rest,1,from-1) substr(piece,1,RSTART) ": \\"(not read)\\""; rest=substr(rest,from+size) }
  if (out != "" && tolower(rest) !~ /${SECRET}/) line=out rest
  else if (match(line, /^[ \\t]*[A-Za-z0-9_-]*/)) line=substr(line,1,RLENGTH) " (not read)" (line ~ /;[ \\t]*$/ ? ";" : "") }
{ print FILENAME "\\t" FNR "\\t" line }'`;

/**
 * Who named the files. What a command line names is read only if the process itself could read it, so that a user cannot have root's
 * shell read for them what they may not see.
 */
export interface Reading {
  /** Directory on the target in which the paths lie: `/proc/PID/root`, or the empty string for the shell's own root. */
  root: string;
  /** User of the process that named the files; null where the auditor names them. */
  uid: number | null;
}

/**
 * Shell that reads files; patterns may hold `*`. Each answer line is `PATH<TAB>LINE<TAB>TEXT` with the path below the root; a line number
 * of 0 says that the file went on. Nothing is followed out of a root that is not the shell's own, nothing special is opened. Exit status
 * 3: no such file; 4: the root cannot be entered, or a file is there and may not be read.
 */
export function readFiles({ root, uid }: Reading, patterns: readonly string[]): string {
  const words = patterns.map(
    (pattern) =>
      `.${pattern
        .split('*')
        .map((part) => (part === '' ? '' : quote(part)))
        .join('*')}`,
  );
  const may =
    uid === null || uid === 0 ? 'return 0' : `[ -n "$(find -L "$1" -maxdepth 0 \\( -uid ${uid} -o -perm -004 \\))" ]`;
  return `cd ${quote(`${root}/`)} || exit 4
own=0; [ ${quote(`${root}/.`)} -ef / ] && own=1; barred=0; set --
may() { ${may}; }
inside() { [ $own = 1 ] && return 0; q=$1; while [ "$q" != . ] && [ "$q" != "\${q%/*}" ]; do [ -L "$q" ] && return 1; q=\${q%/*}; done; return 0; }
fit() {
  case $1 in *[[:cntrl:]]*|./sys/*|./dev/*|./var/log/*|./etc/shadow*|./etc/gshadow*|*/.ssh/*|*/.gnupg/*) return 1;; ./proc/[0-9]*/cwd/*) ;; ./proc/*) return 1;; esac
  [ -f "$1" ] || return 1
  if inside "$1" && may "$1" && [ -r "$1" ]; then return 0; fi
  barred=1; return 1
}
for f in ${words.join(' ')}; do
  if [ -d "$f" ]; then for g in "$f"/*; do fit "$g" && set -- "$@" "$g"; done; else fit "$f" && set -- "$@" "$f"; fi
done
[ $barred = 0 ] || exit 4
[ $# -gt 0 ] || exit 3
${READ} "$@"`;
}
