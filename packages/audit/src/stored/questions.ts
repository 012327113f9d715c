/**
 * What databases on the target have room for: names of tables and columns, never a row. A column for an address or a time of connection is
 * a record by design, whatever is in it today.
 */

import type { RunningProgram } from '../facts/facts.ts';
import type { Question } from '../target/session.ts';

const MB = 1024 * 1024;
const IDS = { postgresql: 'columns:postgresql', mariadb: 'columns:mariadb' } as const;
export const SQLITE_ID = 'tables:sqlite';
export const serverId = (program: keyof typeof IDS, pid: number): string => `${IDS[program]}:${pid}`;

/** The first process of each database server: the one whose parent is none of its own. */
export function databaseServers(programs: readonly RunningProgram[]): { kind: keyof typeof IDS; pid: number }[] {
  return programs.flatMap(({ process, program }) => {
    if (program?.id !== 'postgresql' && program?.id !== 'mariadb') return [];
    const parent = programs.find((one) => one.process.pid === process.parent);
    return parent?.program?.id === program.id ? [] : [{ kind: program.id, pid: process.pid }];
  });
}

const COLUMNS =
  "select table_schema || '.' || table_name, column_name from information_schema.columns where table_schema not in ('pg_catalog', 'information_schema')";

/**
 * Asked as the user who owns the server, over its own socket, by the tool of the auditor's own file system. Socket and port are words of
 * the server's user: they are used as that user.
 */
const postgresql = (pid: number): string => `[ /proc/${pid}/ns/mnt -ef /proc/$$/ns/mnt ] || exit 8
command -v psql >/dev/null && command -v runuser >/dev/null || exit 127
u=$(stat -c %U /proc/${pid}) && [ "$u" != root ] && [ "$u" != UNKNOWN ] || exit 8
f=/proc/${pid}/cwd/postmaster.pid; port=$(sed -n 4p $f); dir=$(sed -n 5p $f)
case $port in ''|*[!0-9]*) exit 8;; esac; case $dir in /*) ;; *) exit 8;; esac
q() { timeout 10 runuser -u "$u" -- psql -XAtqw -F '	' -h "$dir" -p "$port" -d "$1" -c "$2" </dev/null; }
all=$(q postgres 'select datname from pg_database where datallowconn') || all=$(q template1 'select datname from pg_database where datallowconn') || exit 9
printf '%s\\n' "$all" | head -n 200 | while IFS= read -r db; do q "$db" "${COLUMNS}" | sed 's/^/postgresql	/' || exit 9; done`;

const mariadb = (pid: number): string => `[ /proc/${pid}/ns/mnt -ef /proc/$$/ns/mnt ] || exit 8
c=$(command -v mariadb || command -v mysql) || exit 127
timeout 10 $c --no-defaults -N -B -e "select 'mariadb', concat(table_schema, '.', table_name), column_name from information_schema.columns where table_schema not in ('mysql', 'information_schema', 'performance_schema', 'sys')" </dev/null || exit 9`;

/** The first page of an SQLite file is its schema (sqlite.org/fileformat2.html, section 2.6). Statements are brought whole or not at all. */
const SQLITE = `for p in $(stat -L -c '%i %n' /proc/[0-9]*/ns/mnt | sort -u -k1,1 | sed 's,^[0-9]* /proc/\\([0-9]*\\)/.*,\\1,'); do
  for d in etc var/lib var/opt var/db srv opt root home data app config usr/local; do [ -d "/proc/$p/root/$d" ] && find "/proc/$p/root/$d" -xdev -type f -size +0 \\( -name '*.db' -o -name '*.db3' -o -name '*.sqlite' -o -name '*.sqlite3' \\) -print; done
done 2>/dev/null | head -n 2000 | while IFS= read -r f; do
  [ -f "$f" ] && [ "$(head -c 15 "$f" | tr -d '\\000')" = 'SQLite format 3' ] || continue
  head -c 131072 "$f" | tr '\\000\\n\\r\\t' '    ' | awk '{ s = $0; while (n++ < 300 && (i = index(toupper(s), "CREATE TABLE "))) { s = substr(s, i); d = 0; for (k = 1; k <= 8000 && k <= length(s); k++) { c = substr(s, k, 1); if (c == "(") d++; else if (c == ")" && --d == 0) { print "sqlite\\t" substr(s, 1, k); break } } s = substr(s, 14) } }' | while IFS= read -r t; do printf '%s\\t%s\\n' "$t" "$f"; done
done; true`;

export function storedQuestions(programs: readonly RunningProgram[]): Question[] {
  return [
    ...databaseServers(programs).map(({ kind, pid }) => ({
      id: serverId(kind, pid),
      shell: kind === 'postgresql' ? postgresql(pid) : mariadb(pid),
      maxBytes: 2 * MB,
    })),
    { id: SQLITE_ID, shell: SQLITE, maxBytes: 2 * MB },
  ];
}
