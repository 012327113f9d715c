/**
 * The hunt for markers on the target, by the tools every Linux has: what changed in files since the run began, what is open without a
 * name, the memory of all processes, tables and logs of the kernel. Nothing but markers and the names of places comes back, and nothing
 * is written there. Records are `KIND<TAB>PLACE<NUL>` followed by lines `COUNT BYTES`; a place that could not be read is of kind `U`.
 */

import type { Question } from '../target/session.ts';
import type { TracePatterns } from './patterns.ts';

const MB = 1024 * 1024;
/** Of one file: more than this is searched at its end only, where logs grow. */
const FILE_BYTES = 64 * MB;
/** Of all processes together. */
const MEMORY_KB = 8 * 1024 * 1024;

/**
 * Both lists of patterns as functions, and a search of a stream without its zero bytes: `sift` prints `COUNT BYTES` lines, and `!` where the
 * search failed. Spaces end lines, so that memory without line breaks is no line of a gigabyte, and there is a limit on what a search may
 * take of the target. `take` reads so many bytes of a file that somebody may exchange meanwhile: it follows no link, waits for no pipe.
 */
const tools = ({ files, memory }: TracePatterns): string => `
LC_ALL=C; export LC_ALL
[ "$(id -u)" = 0 ] || exit 9
ulimit -v 4000000 2>/dev/null
limit=; command -v timeout >/dev/null && limit='timeout 60'
plain=; dd if=/dev/null of=/dev/null iflag=nofollow,nonblock,fullblock,skip_bytes,count_bytes count=1 2>/dev/null && plain=nofollow,nonblock,fullblock,skip_bytes,count_bytes
raw() { printf '${files}'; }
lean() { printf '${memory}'; }
failed() { [ $? -lt 2 ] || echo '!'; }
count() { sort | uniq -c | head -n 500; }
sift() { tr -d '\\000' | tr '\\040' '\\012' | { lean | grep -aoiF -f - /dev/fd/3; failed; } 3<&0 | count; }
sift_raw() { { raw | grep -aoiF -f - /dev/fd/3; failed; } 3<&0 | tr '\\000' '\\001' | count; }
take() { if [ -n "$plain" ]; then $limit dd if="$1" bs=1048576 iflag=$plain skip="$2" count=${FILE_BYTES} 2>/dev/null; else [ -f "$1" ] && tail -c +$(($2+1)) "$1" | head -c ${FILE_BYTES}; fi; }
record() { printf '%s\\t%s\\0' "$1" "$2"; cat; printf '\\0'; }
unread() { printf 'U\\t%s\\0\\0' "$1"; }
`;

/** The shell's own line of descent: it holds this script, and its ancestors carried it. */
const OWN = `own=" $$ "; k=$$; while [ "\${k:-0}" -gt 1 ]; do k=$(awk '/^PPid:/ {print $2}' /proc/$k/status); own="$own$k "; done`;

/** The oldest process of each namespace of a kind. */
const oldest = (kind: 'mnt' | 'net'): string =>
  `stat -L -c '%i %n' /proc/[0-9]*/ns/${kind} | awk '{ split($2, part, "/"); if (!($1 in least) || part[3] + 0 < least[$1]) least[$1] = part[3] + 0 } END { for (one in least) print least[one] }'`;

/** File systems that hold no file of their own, or only the kernel's. */
const KERNEL_FS =
  '^(proc|sysfs|cgroup2?|devpts|mqueue|bpf|tracefs|debugfs|securityfs|pstore|hugetlbfs|nsfs|rpc_pipefs|autofs|binfmt_misc|configfs|fusectl|selinuxfs|efivarfs)$';

/** Files by their content, those changed after \`since\` was written. */
const files = (since: string): string => `
odd=$(printf '\\001')
if find ${since} -maxdepth 0 -cnewer ${since} >/dev/null 2>&1; then new='-cnewer ${since}'; elif find ${since} -maxdepth 0 -cmin -60 >/dev/null 2>&1; then new='-cmin -15'; else new='-mmin -15'; fi
for p in $(${oldest('mnt')}); do [ -r /proc/$p/mountinfo ] || continue; awk -v p=$p '{ for (i=7; i<=NF; i++) if ($i == "-") break; if ($(i+1) !~ /${KERNEL_FS}/) print $3 "\\t" $4 "\\t/proc/" p "/root" $5 }' /proc/$p/mountinfo; done |
awk -F '\\t' '!(($1 "\\t" $2) in seen) { seen[$1 "\\t" $2]=1; print $3 }' | while IFS= read -r mount; do
  case $mount in *\\\\*) mount=$(printf '%b' "$(printf '%s' "$mount" | sed 's/\\\\/\\\\0/g')");; esac
  ls "$mount" >/dev/null 2>&1 || printf '%s\\000' "$odd$mount, which cannot be read"
  find "$mount" -xdev -type f $new -print0 2>/dev/null
done | tr '\\n\\000' '\\001\\n' | sed 's,/root//,/root/,' | sort -u | head -n 4001 | {
  n=0; while IFS= read -r f; do
    n=$((n+1)); [ $n -le 4000 ] || { unread 'more than 4000 changed files'; break; }
    case $f in "$odd"*) unread "\${f#"$odd"}"; continue;; *"$odd"*) unread 'a file with a line break in its name'; continue;; esac
    s=$(stat -c %s "$f" 2>/dev/null) || continue
    if [ "$s" -le ${FILE_BYTES} ]; then h=$(take "$f" 0 | sift_raw)
    else h=$(take "$f" $((s-${FILE_BYTES})) | sift_raw); unread "file $f, but for its last 64 MB"; fi
    [ -n "$h" ] && printf '%s\\n' "$h" | record F "$f"
    case $(take "$f" 0 | head -c 4 | od -An -tx1 | tr -d ' \\n') in
      1f8b*) z=gzip;; fd377a58) z=xz;; 28b52ffd) z=zstd;; 425a68*) z=bzip2;; 04224d18) z=lz4;; *) continue;;
    esac
    command -v $z >/dev/null || { unread "file $f, for $z is missing"; continue; }
    [ "$s" -le ${FILE_BYTES} ] || continue
    h=$(take "$f" 0 | $limit $z -dc 2>/dev/null | tail -c ${FILE_BYTES} | sift); [ -n "$h" ] && printf '%s\\n' "$h" | record Z "$f"
  done
}
true`;

/** What processes hold open that no name leads to: removed files, memory files, block devices. */
const OPEN = `${OWN}
if find / -maxdepth 0 -printf '' 2>/dev/null; then find /proc/[0-9]*/fd \\( -lname '/* (deleted)' -o -lname '/memfd:*' -o -lname '/dev/*' \\) -printf '%p\\t%l\\n'
else for f in /proc/[0-9]*/fd/*; do t=$(readlink "$f") && case $t in /*' (deleted)'|/memfd:*|/dev/*) printf '%s\\t%s\\n' "$f" "$t";; esac; done; fi |
while IFS='	' read -r f t; do
  p=\${f#/proc/}; p=\${p%%/*}; case $own in *" $p "*) continue;; esac
  if [ -f "$f" ]; then s=$(stat -L -c %s "$f") || continue; a=0; [ "$s" -le ${FILE_BYTES} ] || { a=$((s-${FILE_BYTES})); unread "open file $p $t, but for its last 64 MB"; }
    h=$($limit tail -c +$((a+1)) "$f" | head -c ${FILE_BYTES} | sift)
  elif [ -b "$f" ]; then h=$($limit head -c ${FILE_BYTES} "$f" | sift); unread "device $t, but for its first 64 MB"
  else continue; fi
  [ -n "$h" ] && printf '%s\\n' "$h" | record O "$p $t"
done
true`;

/** The same as `read_slowly` below, where there is perl: one process instead of one for each run of pages. */
const READ_PRESENT = `my $pid = shift; binmode STDOUT; open(M, "<", "/proc/$pid/mem") or exit 3; open(P, "<", "/proc/$pid/pagemap") or exit 3; my $failed = 0;
sub there { my $at = shift; open(L, "<", "/proc/$pid/maps") or return 0; while (<L>) { my ($x, $y) = /^([0-9a-f]+)-([0-9a-f]+) r/ or next; return 1 if hex($x) <= $at && $at < hex($y) } return 0 }
sub part { my ($a, $n) = @_; while ($n > 0) { sysseek(M, $a, 0) or return; my $r = sysread(M, my $b, $n > 1048576 ? 1048576 : $n); if (!$r) { $failed = 3 if there($a); return } print $b; $a += $r; $n -= $r } }
while (<STDIN>) { my ($a, $b, $how) = split; $a = hex $a; $b = hex $b; if ($how eq "whole") { part($a, $b - $a); next }
  sysseek(P, $a / 512, 0); my ($left, $page, $from) = (($b - $a) / 4096, $a, -1);
  while ($left > 0) { my $r = sysread(P, my $m, 8 * ($left > 4096 ? 4096 : $left)); last unless $r;
    for my $entry (unpack("Q<*", $m)) { if ($entry >> 62) { $from = $page if $from < 0 } elsif ($from >= 0) { part($from, $page - $from); $from = -1 } $page += 4096 }
    $left -= $r / 8 }
  part($from, $page - $from) if $from >= 0 } exit $failed`;

/**
 * Memory that a process can write to, and the packet rings mapped into it. Code and data as they lie in files are left out. Of a mapping that
 * is there in part only the pages that are there are read, by its page table: else the search itself would put pages into the process.
 */
const MEMORY = `${OWN}
grep -asHE '^([0-9a-f]+-[0-9a-f]+ |(Size|Rss|Anonymous|Swap|Private_Hugetlb|Shared_Hugetlb|VmFlags):)' /proc/[0-9]*/smaps | awk -v limit=${MEMORY_KB} '
{ at = index($0, "/smaps:"); pid = substr($0, 7, at - 7); $0 = substr($0, at + 7) }
/^[0-9a-f]+-[0-9a-f]+ / { range = $1; perms = $2; shared = $4 " " $5 " " $3; name = $6; for (i = 7; i <= NF; i++) name = name " " $i; huge = 0; next }
/^Size:/ { size = $2; next } /^Rss:/ { rss = $2; next } /^Anonymous:/ { anonymous = $2; next } /^Swap:/ { swap = $2; next }
/_Hugetlb:/ { huge += $2; next }
/^VmFlags:/ {
  ring = name ~ /^socket:/; own = anonymous + swap + huge; file = name ~ /^\\// && name !~ /\\(deleted\\)$/ && name !~ /^\\/(dev\\/shm|memfd)/
  if (perms !~ /^r/) { if (own > 0) print pid, "closed"; next }
  if (name ~ /^\\[(vvar|vvar_vclock|vsyscall|vdso)\\]$/ || (rss + own == 0 && !ring)) next
  if (perms !~ /s$/ && name != "" && file && own == 0) next
  if (perms ~ /s$/ && perms !~ /^.w/ && !ring) next
  if (perms ~ /s$/ && !ring && !file) { if (shared in seen) next; seen[shared] = 1 }
  total += rss + swap + huge; if (total > limit) { print pid, "over"; exit }
  split(range, ends, "-"); print pid, ends[1], ends[2], (ring || huge > 0 || rss >= size || (perms ~ /s$/ && !file)) ? "whole" : "part"
}' | {
  last=; list=
  part() { dd if=/proc/$last/mem bs=1048576 iflag=skip_bytes,count_bytes,fullblock skip=$1 count=$2 2>/dev/null || { [ -d /proc/$last ] && dd if=/proc/$last/mem bs=4096 skip=$(($1/4096)) count=$(($2/4096)) 2>/dev/null; }; }
  present() { dd if=/proc/$last/pagemap bs=8192 iflag=skip_bytes,count_bytes,fullblock skip=$(($1/512)) count=$((($2-$1)/512)) 2>/dev/null | od -An -v -tx8 | awk 'BEGIN { page = 0 } function out() { if (n) print from, n; n = 0 } { for (i = 1; i <= NF; i++) { if ($i ~ /^[4-9a-f]/) { if (!n) from = page; n++ } else out(); page++ } } END { out() }'; }
  read_all() { if command -v perl >/dev/null; then printf '%s' "$list" | $limit perl -e '${READ_PRESENT}' $last; else read_slowly; fi; }
  read_slowly() { printf '%s' "$list" | while read -r a b how; do a=$((0x$a)) b=$((0x$b)); if [ $how = whole ]; then part $a $((b-a)); else present $a $b | while read -r p n; do part $((a+p*4096)) $((n*4096)); done; fi; done; }
  search() {
    [ -n "$last" ] || return
    case $own in *" $last "*) return;; esac
    h=$( { { read_all || [ ! -d /proc/$last ] || echo '!' >&4; } | sift; } 4>&1)
    printf 'S\\t%s\\0\\0' "$last"
    [ -n "$h" ] && printf '%s\\n' "$h" | record M "$last"
  }
  while read -r pid a b how; do
    if [ "$a" = over ]; then unread 'memory beyond 8 GB'; break; fi
    if [ "$a" = closed ]; then unread "memory of process $pid that it closed to itself"; continue; fi
    if [ "$pid" != "$last" ]; then search; last=$pid; list=; fi
    list="$list$a $b $how
"
  done
  search
}
true`;

/** Logs and tables that are no files. */
const KERNEL = `
t() { name=$1; shift; h=$( "$@" 2>/dev/null | sift); [ -n "$h" ] && printf '%s\\n' "$h" | record T "$name"; true; }
hexadecimal() { bpftool -j map dump id "$1" | sed 's/"0x\\([0-9a-f][0-9a-f]\\)",*/\\1/g'; }
t 'kernel log' dmesg
command -v journalctl >/dev/null && t journal $limit journalctl --quiet --no-pager -o export --since=-15min
[ -r /sys/kernel/tracing/trace ] && t 'kernel trace' head -c ${FILE_BYTES} /sys/kernel/tracing/trace
if command -v bpftool >/dev/null; then for m in $(bpftool map list | sed -n 's/^\\([0-9]*\\):.*/\\1/p'); do t "BPF map $m" hexadecimal $m; done
elif grep -qs '^map_id:' /proc/[0-9]*/fdinfo/*; then unread 'BPF maps, for bpftool is missing'; fi
${oldest('net')} | while read -r p; do
  enter="nsenter -t $p -n --"; [ /proc/$p/ns/net -ef /proc/$$/ns/net ] && enter=
  command -v nft >/dev/null && t "nftables $p" $enter nft list ruleset
  command -v ipset >/dev/null && t "ipset $p" $enter ipset save
  for f in /proc/$p/net/xt_recent/* /proc/$p/net/ipt_hashlimit/* /proc/$p/net/ip6t_hashlimit/*; do [ -r "$f" ] && t "table $f" cat "$f"; done
  if [ -r /proc/$p/net/nf_conntrack ]; then t "connections $p" cat /proc/$p/net/nf_conntrack; elif command -v conntrack >/dev/null; then t "connections $p" $enter conntrack -L; fi
  command -v ip >/dev/null && t "metrics $p" $enter ip tcp_metrics show
  command -v wg >/dev/null && t "peers $p" $enter wg show all endpoints
done
true`;

/** Names of the parts, each after `trace-` or, when the client has left, `left-`. */
export const TRACE_PARTS = ['memory', 'open', 'files', 'kernel'] as const;
export type TraceTime = 'trace' | 'left';

/** `since` is a file on the target that was written when the run began. */
export function traceQuestions(patterns: TracePatterns, since: string, time: TraceTime): Question[] {
  const shells = { memory: MEMORY, open: OPEN, files: files(since), kernel: KERNEL };
  return TRACE_PARTS.map((part) => ({
    id: `${time}-${part}`,
    shell: `${tools(patterns)}${shells[part]}`,
    maxBytes: 4 * MB,
    timeoutMs: 90_000,
  }));
}
