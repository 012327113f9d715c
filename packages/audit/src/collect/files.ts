/** The question that reads configuration files, on any target, without taking secrets along. */

import { quote } from './quote.ts';

const MAX_LINES = 20_000;

const SECRET = '(private_?key|preshared_?key|passw|passphrase|secret|psk|token|api_?key|credential)';

/**
 * awk that prints `PATH<TAB>LINE<TAB>TEXT`, leaves out key blocks and blanks the value of anything that names a secret: an auditor must
 * not carry keys away. Where it is one value of JSON only that is blanked, so that the rest of the file can still be read.
 */
const READ = `awk 'FNR==1{pem=0} FNR>${MAX_LINES}{next} /-----BEGIN/{pem=1} { line=$0; low=tolower(line) } pem{ if (line ~ /-----END/) pem=0; next }
low ~ /${SECRET}/ { out=""; rest=line
  while (match(tolower(rest), /"[^":]*${SECRET}[^":]*"[ \\t]*:[ \\t]*("([^"\\\\]|\\\\.)*"|[a-z0-9.+-]+)/)) { from=RSTART; size=RLENGTH; piece=substr(rest,from,size); match(piece, /"[ \\t]*:/); out=out substr(rest,1,from-1) substr(piece,1,RSTART) ": \\"(not read)\\""; rest=substr(rest,from+size) }
  if (out != "" && tolower(rest) !~ /${SECRET}/) line=out rest
  else if (match(line, /[^A-Za-z0-9_-]/)) line=substr(line,1,RSTART) " (not read)" }
{ print FILENAME "\\t" FNR "\\t" line }'`;

/**
 * Shell that reads files. `root` is a directory on the target in which the paths lie (`/proc/PID/root`); patterns may hold `*`. Each
 * answer line is `PATH<TAB>LINE<TAB>TEXT` with the path below the root. Exit status 3: no such file.
 */
export function readFiles(root: string, patterns: readonly string[]): string {
  const words = patterns.map((pattern) => pattern.split('*').map(quote).join('*').replaceAll("''", ''));
  return `cd ${quote(`${root}/`)} || exit 4
set --
for f in ${words.map((word) => `.${word}`).join(' ')}; do
  if [ -f "$f" ] && [ -r "$f" ]; then set -- "$@" "$f"; elif [ -d "$f" ]; then for g in "$f"/*; do [ -f "$g" ] && set -- "$@" "$g"; done; fi
done
[ $# -gt 0 ] || exit 3
${READ} "$@"`;
}
