/** The question that reads configuration files, on any target, without taking secrets along. */

import { quote } from './quote.ts';

const MAX_LINES = 20_000;

/**
 * awk that prints `PATH<TAB>LINE<TAB>TEXT`, leaves out key blocks and blanks the value of anything that names a secret: an auditor must
 * not carry keys away.
 */
const READ = `awk 'FNR==1{pem=0} FNR>${MAX_LINES}{next} /-----BEGIN/{pem=1} { line=$0; low=tolower(line) } pem{ if (line ~ /-----END/) pem=0; next }
low ~ /(private_?key|preshared_?key|passw|passphrase|secret|psk|token|api_?key|credential)/ { if (match(line, /[^A-Za-z0-9_-]/)) line=substr(line,1,RSTART) " (not read)" }
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
