/**
 * Counters of every process, open file and disk of a target over time: one question, answered by /proc, and its reader. A recorder can
 * encrypt, hash, batch or hand over to another process what it writes, but it cannot work without work being counted.
 *
 * What it costs (measured with 300 processes that hold 660 files open for writing, one slow core): 60 ms of processor time per sample, 20
 * without the files, and a quarter of a second once. The answer has one line per counter that moved, and in it only the samples at which
 * it did: some 8 bytes for each. 300 processes of which every counter moves at each of 64 samples make 1.2 MB; an ordinary server makes 20
 * to 100 KB.
 */

import type { Question } from '../target/session.ts';

export const COUNTER_KINDS = [
  'io.rchar',
  'io.wchar',
  'io.syscr',
  'io.syscw',
  'io.read_bytes',
  'io.write_bytes',
  /** Ticks of the processor, with those of children that ended. */
  'cpu',
  /** Pages in memory. */
  'rss',
  /** Position in a file that is open for writing, in bytes. */
  'file.pos',
  /** Length of such a file, in bytes. */
  'file.size',
  /** Sectors of 512 bytes. */
  'disk.written',
] as const;
export type CounterKind = (typeof COUNTER_KINDS)[number];

/** One counter over the whole time. */
export interface Series {
  kind: CounterKind;
  /** Null for a disk. */
  pid: number | null;
  /** What the process calls itself; the device for a disk. Not to be believed. */
  name: string;
  /** Path of the file, or the device; '' for counters of a process. */
  object: string;
  /** How much it grew in each interval. */
  values: number[];
  /** Seconds since the target was started, at each end of each interval: one more than `values`, never going back. */
  times: number[];
}

export interface Samples {
  /** Counters that moved; what stood still is left out. */
  series: Series[];
  /** Counters that moved but cannot be used: their process or file came, went or was another one meanwhile, or their line is broken. */
  incomplete: number;
  /** Samples that were taken; 0 if the answer cannot be read. */
  taken: number;
}

export interface SampleQuestion extends Question {
  /** The answer comes only when the last sample was taken. */
  timeoutMs?: number;
}

const MAX_SAMPLES = 2000;

/**
 * Takes `count` samples, `periodMs` apart and a little more: what a sample takes itself is not subtracted, each carries its time instead.
 * Throws RangeError unless `count` is from 2 to 2000 and `periodMs` from 100 to 60 000.
 */
export function sampleQuestion(count: number, periodMs: number): SampleQuestion {
  if (!Number.isInteger(count) || count < 2 || count > MAX_SAMPLES)
    throw new RangeError('2 to 2000 samples are taken.');
  if (!(periodMs >= 100 && periodMs <= 60_000)) throw new RangeError('Samples are 100 to 60000 ms apart.');
  return {
    id: 'samples',
    shell: SCRIPT.replace('COUNT', String(count)).replace('PERIOD', (periodMs / 1000).toFixed(3)),
    maxBytes: 8 * 1024 * 1024,
    // A sleep without fractions takes a second.
    timeoutMs: count * (Math.max(periodMs, 1000) + 1000) + 10_000,
  };
}

/**
 * One awk keeps the counters of all samples. Nothing that a user of the target can name becomes a word of a command: only numbers of
 * processes and descriptors do. `stat` of a process may hold a name with brackets, spaces and new lines, so what follows the last bracket
 * counts, and only if the line has all fields. A file is known by its device and inode: its path is read when it first grows.
 */
const READ = `
function note(k, v) {
  if (!(k in last)) { last[k] = v; from[k] = at[k] = n; return 0 }
  if (at[k] == n) return 0
  if (at[k] != n - 1) gap[k] = 1
  at[k] = n
  if (v == last[k]) return 0
  moves[k] = moves[k] " " (n - 1) ":" sprintf("%.0f", v - last[k])
  last[k] = v
  return 1
}
function keep(p, f, file,  c, s) {
  if (file in path) return
  s = ""; c = "readlink /proc/" (p + 0) "/fd/" (f + 0); c | getline s; close(c)
  path[file] = clean(s)
}
function clean(s) { gsub(/[^ -~]/, "?", s); return s }
$1 == "A" { n++; a = $2; next }
$1 == "B" { times = times " " sprintf("%.3f", (a + $2) / 2); a = $2; next }
$1 == "C" { ftimes = ftimes " " sprintf("%.3f", (a + $2) / 2); next }
$1 == "S" {
  if ($5 != "regular") next
  split($2, w, "/"); k = w[3] "/" w[5]
  id[k] = k "/" $3; there[k] = n
  if (note("file.size " id[k], $4 + 0)) keep(w[3], w[5], $3)
  next
}
/^\\/proc\\/diskstats:/ { sub(/^[^:]*:/, ""); note("disk.written " $3, $10 + 0); next }
/^\\/proc\\/[0-9]+\\/fdinfo\\// {
  split($1, w, "[/:]"); k = w[3] "/" w[5]
  if (there[k] == n && note("file.pos " id[k], $2 + 0)) { split(id[k], q, "/"); keep(w[3], w[5], q[3]) }
  next
}
/^\\/proc\\/[0-9]+\\/stat:/ {
  split($1, w, "/"); p = w[3]
  if (!match($0, /.*\\)/)) next
  if (split(substr($0, RLENGTH + 2), f, " ") < 22) next
  if (!(p in name)) { name[p] = substr($0, 1, RLENGTH - 1); sub(/^[^(]*\\(/, "", name[p]); start[p] = f[20] }
  if (start[p] != f[20]) other[p] = 1
  note("cpu " p, f[12] + f[13] + f[14] + f[15])
  note("rss " p, f[22] + 0)
  next
}
/^\\/proc\\/[0-9]+\\/io:/ {
  split($1, w, "[/:]")
  if (w[5] ~ /^(rchar|wchar|syscr|syscw|read_bytes|write_bytes)$/) note("io." w[5] " " w[3], $2 + 0)
}
END {
  print "t" times
  print "f" ftimes
  for (k in moves) {
    split(k, w, " "); split(w[2], q, "/"); p = q[1]
    disk = w[1] == "disk.written"
    o = disk ? w[2] : 3 in q ? path[q[3]] : ""
    if (o ~ /^\\/(proc|sys)\\//) continue
    if (from[k] != 1 || at[k] != n || k in gap || (!disk && p in other)) { gone++; continue }
    if (!disk && !(p in told)) { told[p] = 1; print "p", p, clean(name[p]) }
    print "c", w[1], disk ? "-" : p, substr(moves[k], 2), "=" o
  }
  print "g", gone + 0
}`;

/**
 * Processes that are no threads of the kernel, as numbers. They are listed once, as only what is there from the first sample to the last
 * can be compared. What the question itself starts begins later, and its shell does nothing but wait: so neither is in the answer.
 */
const PROCESSES = `grep -aHs '' /proc/[0-9]*/stat | awk 'match($0, /.*\\)/) && split(substr($0, RLENGTH + 2), f, " ") >= 22 && int(f[7] / 2097152) % 2 == 0 {split($1, w, "/"); print w[3]}'`;

/** Descriptors open for writing, which the mode of the link tells (200), as paths; where find can, without sockets and devices. */
const FILES = `if find / -maxdepth 0 -printf ''; then find /proc/[0-9]*/fd -type l -perm -200 -lname '/*' ! -lname '/proc/*' ! -lname '/sys/*' ! -lname /dev/null ! -lname '/dev/pts/*'; else find /proc/[0-9]*/fd -type l -perm -200; fi`;

const SCRIPT = `export LC_ALL=C
now() { read -r u r </proc/uptime; echo "$1 $u"; }
p=$(${PROCESSES}); p=$(printf '/proc/%s/stat ' $p; printf '/proc/%s/io ' $p)
f=$(${FILES}); f=$(stat -L -c '%n %F' $f | awk '$2 == "regular" {print $1}'); q=$(printf '%s\\n' "$f" | sed s/fd/fdinfo/)
i=0; while [ $i -lt COUNT ]; do
[ $i = 0 ] || sleep PERIOD || sleep 1
now A; grep -aHs '' $p /proc/diskstats
now B; [ -z "$f" ] || { stat -L -c 'S %n %d:%i %s %F' $f; grep -aHs '^pos:' $q; }
now C; i=$((i+1)); done | awk '${READ}'`;

/** Reads an answer. Never throws: what cannot be read is left out. */
export function readSamples(text: string): Samples {
  const lines = text.split('\n');
  const [times, fileTimes] = [stampsOf(lines[0], 't'), stampsOf(lines[1], 'f')];
  if (times === null || fileTimes === null || times.length !== fileTimes.length) {
    return { series: [], incomplete: 0, taken: 0 };
  }
  const names = new Map<number, string>();
  const series: Series[] = [];
  let incomplete = 0;
  for (const line of lines.slice(2)) {
    const [, pid, name] = /^p (\d{1,9}) (.{0,64})/.exec(line) ?? [];
    if (pid !== undefined) names.set(Number(pid), name!);
    const gone = /^g (\d{1,9})$/.exec(line)?.[1];
    if (gone !== undefined) incomplete += Number(gone);
    if (!line.startsWith('c ')) continue;
    const one = seriesOf(line, names, times, fileTimes);
    if (one === null) incomplete += 1;
    else series.push(one);
  }
  return { series, incomplete, taken: times.length };
}

/** Times that go on; null if they do not, or if there are too few or too many. */
function stampsOf(line: string | undefined, mark: string): number[] | null {
  const [first, ...words] = (line ?? '').split(' ');
  if (first !== mark || words.length < 2 || words.length > MAX_SAMPLES) return null;
  const stamps = words.map((word) => (/^\d{1,12}(\.\d{1,6})?$/.test(word) ? Number(word) : Number.NaN));
  return stamps.every((stamp, at) => at === 0 || stamp > stamps[at - 1]!) && stamps[0]! >= 0 ? stamps : null;
}

const KINDS = new Set<string>(COUNTER_KINDS);
/** What can grow smaller without being another counter. */
const LEVELS = new Set<CounterKind>(['rss', 'file.pos', 'file.size']);

function seriesOf(
  line: string,
  names: ReadonlyMap<number, string>,
  times: number[],
  fileTimes: number[],
): Series | null {
  const [, word, number, moves, object] = /^c (\S+) (\d{1,9}|-) ([\d: -]*) =(.*)$/.exec(line) ?? [];
  if (word === undefined || !KINDS.has(word)) return null;
  const kind = word as CounterKind;
  const pid = number === '-' ? null : Number(number);
  if ((pid === null) !== (kind === 'disk.written')) return null;
  const values = times.slice(1).map(() => 0);
  for (const move of moves!.split(' ')) {
    const [, at, by] = /^(\d{1,4}):(-?\d{1,20})$/.exec(move) ?? [];
    // The first interval ends with the second sample, and has the number 1.
    const interval = Number(at) - 1;
    if (by === undefined || interval < 0 || interval >= values.length) return null;
    if (by.startsWith('-') && !LEVELS.has(kind)) return null;
    values[interval] = Number(by);
  }
  return {
    kind,
    pid,
    name: pid === null ? object! : (names.get(pid) ?? ''),
    object: object!.slice(0, 4096),
    values,
    times: kind.startsWith('file.') ? fileTimes : times,
  };
}
