/**
 * The fixed questions every audit begins with: read-only, answered by /proc and common tools. None brings an address of a user, a
 * lookup or a key along: tables are reduced on the target to what the checks need.
 */

import { PROGRAMS } from '../knowledge/index.ts';
import type { Question } from '../target/session.ts';
import { quote } from './quote.ts';
import { ANY_RECORDER } from './recorders.ts';

const MB = 1024 * 1024;

/** Variables of the environment that are read; all others stay where they are. */
const VARIABLES = [
  ...new Set([
    'LD_PRELOAD',
    'LD_AUDIT',
    'LD_LIBRARY_PATH',
    ...PROGRAMS.flatMap(({ settings }) => settings ?? []).flatMap(({ env }) => env ?? []),
  ]),
];

/** `find -printf` where there is one; else a loop that asks for each link. Records are `PATH<TAB>TARGET<NUL>`. */
const links = (find: string, glob: string): string =>
  `if find / -maxdepth 0 -printf '' ; then ${find} -printf '%p\\t%l\\0'; true; else for f in ${glob}; do t=$(readlink "$f") && printf '%s\\t%s\\0' "$f" "$t"; done; fi; true`;

/** Autostart surfaces of a Debian-like system, as globs. */
const AUTOSTART = [
  '/etc/crontab /etc/cron.d/* /etc/cron.hourly/* /etc/cron.daily/* /etc/cron.weekly/* /etc/cron.monthly/* /var/spool/cron/crontabs/* /var/spool/cron/*',
  '/etc/systemd/system/*.service /etc/systemd/system/*.timer /etc/systemd/system/*/*.conf /run/systemd/system/*.service /run/systemd/system/*/*.conf /usr/local/lib/systemd/system/* /etc/systemd/system-generators/*',
  '/etc/udev/rules.d/* /etc/network/if-*.d/* /etc/network/interfaces /etc/network/interfaces.d/* /etc/NetworkManager/dispatcher.d/* /etc/networkd-dispatcher/*/* /etc/ppp/ip-*.d/* /etc/dhcp/dhclient-exit-hooks.d/*',
  '/etc/rc.local /etc/init.d/* /etc/profile /etc/profile.d/* /etc/pam.d/* /etc/update-motd.d/* /root/.bashrc /root/.profile /var/spool/cron/atjobs/*',
].join(' ');

/**
 * All BPF programs of the kernel, as `ID TYPE NAME`: from bpftool, else by bpf(2) itself through perl (essential in Debian) or python3
 * (BPF_PROG_GET_NEXT_ID is 11, BPF_PROG_GET_FD_BY_ID 13; the type stands in fdinfo). Exit status 127: no way to ask.
 */
const BPF = `n=321; [ "$(uname -m)" = aarch64 ] && n=280
if command -v bpftool >/dev/null; then o=$(bpftool prog show) && { printf '%s\\n' "$o" | awk '/^[0-9]+:/ {sub(":","",$1); t=$2; m=""; for(i=3;i<NF;i++) if ($i=="name") m=$(i+1); print $1, t, m}'; exit; }; fi
if command -v perl >/dev/null; then exec perl -e 'my ($n,$i)=($ARGV[0],0); while(1){ my $a=pack("L32",$i); my $r=syscall($n,11,$a,128); if($r!=0){ exit($!==2 ? 0 : 9) } $i=(unpack("L2",$a))[1]; my $b=pack("L32",$i); my $f=syscall($n,13,$b,128); my $t="unknown"; if($f>=0){ if(open(F,"/proc/self/fdinfo/$f")){ while(<F>){ $t=$1 if /^prog_type:\\s*(\\d+)/ } close F } } print "$i $t\n" }' $n
elif command -v python3 >/dev/null; then exec python3 -I -c 'import ctypes,struct,sys
l=ctypes.CDLL(None,use_errno=True);n=int(sys.argv[1]);i=0
while True:
 a=ctypes.create_string_buffer(struct.pack("I",i),128)
 if l.syscall(n,11,a,128)!=0: sys.exit(0 if ctypes.get_errno()==2 else 9)
 i=struct.unpack_from("I",a,4)[0];b=ctypes.create_string_buffer(struct.pack("I",i),128);f=l.syscall(n,13,b,128);t="unknown"
 if f>=0:
  for x in open("/proc/self/fdinfo/%d"%f):
   if x.startswith("prog_type:"): t=x.split()[1]
 print(i,t)' $n
else exit 127; fi`;

export const FIRST_QUESTIONS: readonly Question[] = [
  { id: 'who', shell: 'id -u', maxBytes: 64 },
  { id: 'shell', shell: 'echo $$', maxBytes: 64 },
  {
    // Root of a container, or without its powers, is no root: it cannot look into processes of others.
    id: 'closed',
    shell: "LC_ALL=C stat -L -c '' /proc/[0-9]*/ns/net 2>&1 | grep -c 'ermission denied'; true",
    maxBytes: 64,
  },
  { id: 'kernel', shell: 'uname -srm; cat /proc/sys/kernel/osrelease; cat /proc/uptime', maxBytes: 1024 },
  { id: 'os', shell: "grep -aE '^(ID|VERSION_ID|PRETTY_NAME)=' /etc/os-release", maxBytes: 4096 },
  {
    id: 'status',
    shell:
      "grep -aHsE '^(Name|PPid|Uid|TracerPid|Kthread|VmRSS):' /proc/[0-9]*/status; [ $? -lt 2 ] || [ -r /proc/self/status ]",
    maxBytes: 8 * MB,
  },
  { id: 'cmdline', shell: "grep -azHs '' /proc/[0-9]*/cmdline", maxBytes: 8 * MB },
  {
    id: 'links',
    shell: links(
      'find /proc/[0-9]*/exe /proc/[0-9]*/ns/net /proc/[0-9]*/ns/mnt /proc/[0-9]*/ns/pid -maxdepth 0',
      '/proc/[0-9]*/exe /proc/[0-9]*/ns/net /proc/[0-9]*/ns/mnt /proc/[0-9]*/ns/pid',
    ),
    maxBytes: 8 * MB,
  },
  {
    id: 'fds',
    shell: links('find /proc/[0-9]*/fd -mindepth 1 -maxdepth 1', '/proc/[0-9]*/fd/*'),
    maxBytes: 16 * MB,
  },
  {
    id: 'fdinfo',
    shell: "grep -rasE '^(flags|prog_type|prog_id|map_type|map_id):' /proc/[0-9]*/fdinfo",
    maxBytes: 16 * MB,
  },
  {
    id: 'environment',
    shell: `grep -azHsE '^(${VARIABLES.join('|')})=' /proc/[0-9]*/environ; [ $? -lt 3 ]`,
    maxBytes: MB,
  },
  {
    id: 'libraries',
    // grep goes on where a process ended meanwhile; awk would not.
    shell:
      'grep -asHE "^[0-9a-f]+-[0-9a-f]+ (..x. .* /|.*socket:)" /proc/[0-9]*/maps | awk \'{ at = index($0, "/maps:"); pid = substr($0, 7, at - 7); $0 = substr($0, at + 6) } $2 ~ /x/ && $6 ~ /^\\// { k = pid "\\t" $6 ($7 ? " " $7 : ""); if (!(k in seen)) { seen[k] = 1; print k } } $6 ~ /^socket:/ { print pid "\\t" $6 }\'; true',
    maxBytes: 8 * MB,
  },
  { id: 'preload', shell: 'cat /etc/ld.so.preload; [ $? -lt 2 ]', maxBytes: 4096 },
  {
    id: 'sysctls',
    shell:
      "grep -aHs '' /proc/sys/kernel/core_pattern /proc/sys/kernel/core_uses_pid /proc/sys/kernel/modules_disabled /proc/sys/kernel/unprivileged_bpf_disabled /proc/sys/net/netfilter/nf_log_all_netns /proc/sys/kernel/acct /proc/sys/kernel/ftrace_enabled; true",
    maxBytes: 65536,
  },
  { id: 'core-limits', shell: "grep -aHs 'Max core file size' /proc/[0-9]*/limits; true", maxBytes: MB },
  { id: 'boot', shell: 'cat /proc/cmdline', maxBytes: 16384 },
  { id: 'swaps', shell: 'cat /proc/swaps', maxBytes: 16384 },
  {
    id: 'kernel-log',
    shell: `if k=$(dmesg); then printf '%s\\n' "$k" | awk '/IN=.*OUT=.*(SRC|MAC)=/ {p++} /wireguard: .*(peer|handshake|keepalive)/ {w++} /segfault at|Out of memory/ {o++} END {printf "packets %d\\nwireguard %d\\nfaults %d\\n",p,w,o}'; else exit 9; fi`,
    maxBytes: 4096,
  },
  {
    id: 'dynamic-debug',
    // A kernel without the file has no dynamic debug; debugfs can be seen by root only, the file below /proc by all.
    shell:
      'for f in /proc/dynamic_debug/control /sys/kernel/debug/dynamic_debug/control; do [ -e $f ] && { exec awk \'$3 ~ /p/ && /wireguard/ {n++} END {print n+0}\' $f || exit 9; }; done; [ "$(id -u)" = 0 ] && echo 0 || exit 9',
    maxBytes: 4096,
  },
  {
    id: 'netconsole',
    shell: 'ls /sys/kernel/config/netconsole; [ -d /sys/module/netconsole ] && echo module; true',
    maxBytes: 4096,
  },
  {
    id: 'tracing',
    // Where tracefs is not there or not mounted no probe can be set through it; programs of perf and BPF are seen elsewhere.
    shell:
      '[ "$(id -u)" = 0 ] || exit 9; cd /sys/kernel/tracing; [ -e current_tracer ] || cd /sys/kernel/debug/tracing || :; n() { if [ -e $1 ]; then c=$(grep -c \'\' $1); [ $? -lt 2 ] || exit 9; echo $c; else echo 0; fi; }; printf \'kprobes %s\\nuprobes %s\\nevents %s\\ntracer %s\\n\' "$(n kprobe_events)" "$(n uprobe_events)" "$(n set_event)" "$(cat current_tracer || echo nop)"',
    maxBytes: 4096,
  },
  { id: 'bpf', shell: BPF, maxBytes: 4 * MB },
  {
    id: 'accounting',
    shell:
      // The kernel names the file nowhere. It grows by 64 bytes with each process that ends, of which the second is 3 (acct(5)).
      `c=""; command -v timeout >/dev/null && c=$(timeout 5 find /var/log /var/account /var/lib /var/tmp /srv /root /tmp -xdev -maxdepth 3 -type f -mmin -2 -size +0 -size -2097152k); for f in /var/log/account/pacct /var/account/pacct /var/log/pacct $c; do [ -f $f ] || continue; s=$(stat -c %s $f); [ $((s % 64)) = 0 ] && [ "$(od -An -tu1 -j1 -N1 $f | tr -d ' ')" = 3 ] && stat -c '%n %s %Y' $f; done | sort -u; date +%s`,
    maxBytes: 4096,
  },
  {
    id: 'autostart',
    // Also in the scripts that these name, but for those that are as a package installed them.
    shell: `grep -IsnE ${quote(ANY_RECORDER)} /dev/null ${AUTOSTART} | cut -c1-400
c=$(grep -ohsIE '/[A-Za-z0-9._/-]+' /dev/null ${AUTOSTART} | sort -u | head -n 3000 | while read -r f; do [ -f "$f" ] && [ -r "$f" ] && case $f in /etc/*|/proc/*|/sys/*|/dev/*) ;; *) echo "$f";; esac; done)
[ -n "$c" ] && grep -IslE ${quote(ANY_RECORDER)} /dev/null $c | while read -r f; do m=$(md5sum <"$f"); p=\${f#/}; grep -qsF -e "\${m%% *}  $p" -e "\${m%% *}  \${p#usr/}" /var/lib/dpkg/info/*.md5sums || grep -InE ${quote(ANY_RECORDER)} /dev/null "$f" | cut -c1-400; done
true`,
    maxBytes: 256 * 1024,
  },
  {
    id: 'tunnel-hooks',
    shell:
      'awk \'tolower($0) ~ /^[ \\t]*((pre|post)(up|down)|saveconfig)[ \\t]*=/ { print FILENAME "\\t" FNR "\\t" $0 }\' /dev/null /etc/wireguard/*.conf /etc/amnezia/amneziawg/*.conf; true',
    maxBytes: 65536,
  },
  {
    // Names of files only: what stands in them stays there.
    id: 'histories',
    shell:
      "grep -lsaE '(wg|awg) +set +[^ ]+ .*peer ' /dev/null /root/.*_history /home/*/.*_history /var/log/auth.log /var/log/auth.log.1 /var/log/sudo.log; true",
    maxBytes: 65536,
  },
  {
    id: 'container-logs',
    shell:
      'ls -d /var/lib/docker/containers/*/*-json.log /var/lib/docker/containers/*/local-logs /var/lib/containers/storage/overlay-containers/*/userdata/ctr.log; true',
    maxBytes: 65536,
  },
  {
    id: 'sysstat-files',
    shell: 'ls -d /var/log/sysstat/sa* /var/log/sa/sa* /var/log/atop/atop_*; true',
    maxBytes: 65536,
  },
  { id: 'mounts', shell: 'awk \'{print $2 "\\t" $3}\' /proc/self/mounts', maxBytes: MB },
];
