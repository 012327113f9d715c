/** Questions that follow from the first answers: per network namespace, per running program, per script. */

import {
  askId,
  configId,
  configured,
  furtherFiles,
  INTEGRITY_ID,
  judgedBinaries,
  librariesOf,
  MAX_ROUNDS,
  mainFiles,
  packagedId,
  readConfiguration,
  wantedIncludes,
} from '../facts/configurations.ts';
import type { Process, RunningProgram } from '../facts/facts.ts';
import { NAMESPACE_QUESTIONS, namespaceId, representatives } from '../facts/namespaces.ts';
import type { Answers } from '../facts/parse.ts';
import type { ConfigSource } from '../knowledge/program.ts';
import { scriptOf } from '../knowledge/recognise.ts';
import type { Question } from '../target/session.ts';
import { readFiles } from './files.ts';
import { quote } from './quote.ts';
import { ANY_RECORDER } from './recorders.ts';

const MB = 1024 * 1024;
const MAX_NAMESPACES = 64;

const NET_SYSCTLS =
  "grep -aHs '' /proc/sys/net/netfilter/nf_conntrack_acct /proc/sys/net/netfilter/nf_conntrack_timestamp /proc/sys/net/netfilter/nf_conntrack_tcp_timeout_established /proc/sys/net/netfilter/nf_log_all_netns /proc/sys/net/ipv4/tcp_no_metrics_save /proc/sys/net/ipv4/ip_forward";

/** What is asked in each network namespace, for the process that stands for it. */
const NAMESPACE_SHELL: Record<(typeof NAMESPACE_QUESTIONS)[number], (pid: number) => string> = {
  packet: (pid) => `tail -n +2 /proc/${pid}/net/packet`,
  listen: (pid) =>
    `for f in tcp tcp6 udp udp6 raw raw6; do [ -r /proc/${pid}/net/$f ] && awk -v t=\${f%6} 'NR>1 && ((t=="tcp" && $4=="0A") || t=="raw" || (t=="udp" && $3 ~ /:0000$/)) {print t, $2, $10}' /proc/${pid}/net/$f; done; true`,
  netlink: (pid) => `tail -n +2 /proc/${pid}/net/netlink`,
  nft: (pid) => enter(pid, 'nft -j -t list ruleset'),
  // Reduced on the target to the names of sets that rules fill and that hold something: no element is brought along.
  sets: (pid) =>
    `command -v nft >/dev/null || exit 127; r=$(${enter(pid, 'nft list ruleset')}) || exit 9; printf '%s\\n' "$r" | awk '/^table / {t=$2 " " $3} /^\\t(set|map|meter) / {n=$2; d=0} /^\\t\\t(flags .*dynamic)/ {d=1} /^\\t\\telements = / && d {print t " " n} /^\\t}/ {d=0}'`,
  iptables: (pid) =>
    `found=127; for n in iptables-save iptables-legacy-save iptables-nft-save ip6tables-save ip6tables-legacy-save ebtables-save arptables-save; do command -v $n >/dev/null && { ${enter(pid, '$n')} && found=0; }; done
legacy() { [ ! -s /proc/${pid}/net/$1 ] || command -v $2-legacy-save >/dev/null || $2-save --version | grep -q legacy; }
legacy ip_tables_names iptables && legacy ip6_tables_names ip6tables || exit 127
[ -s /proc/${pid}/net/ip_tables_names ] || [ -s /proc/${pid}/net/ip6_tables_names ] || [ $found = 0 ] || exit 0
exit $found`,
  nflog: (pid) => `cat /proc/${pid}/net/netfilter/nfnetlink_log || [ ! -e /proc/${pid}/net/netfilter/nfnetlink_log ]`,
  tc: (pid) =>
    `command -v tc >/dev/null || exit 127; ${enter(pid, 'true')} || exit 9; awk -F: 'NR>2 {gsub(/ /,"",$1); print "filter show dev " $1; print "filter show dev " $1 " ingress"; print "filter show dev " $1 " egress"}' /proc/${pid}/net/dev | { ${enter(pid, 'tc -force -batch -')}; }; true`,
  links: (pid) => enter(pid, 'ip -d -j link show'),
  // Reduced on the target: how many peers still have an endpoint 180 s after their last handshake. No key, no address.
  wireguard: (pid) =>
    `command -v wg >/dev/null || exit 127; d=$(${enter(pid, 'wg show all dump')}) || exit 9; printf '%s\\n' "$d" | awk -v now="$(date +%s)" 'NF==5 {i++} NF>5 && $4 != "(none)" && ($6 == 0 || now-$6 > 185) {s++} END {printf "interfaces %d\\nstale %d\\n", i, s}'`,
  'net-sysctls': (pid) => `${enter(pid, NET_SYSCTLS)}; true`,
};

/** In the network namespace of a process; plainly where the shell is in it already, so that no tool is needed. */
const enter = (pid: number, command: string): string =>
  `if [ /proc/${pid}/ns/net -ef /proc/$$/ns/net ]; then ${command}; else nsenter -t ${pid} -n -- ${command}; fi`;

export function namespaceQuestions(processes: readonly Process[]): Question[] {
  return representatives(processes)
    .slice(0, MAX_NAMESPACES)
    .flatMap(({ pid }) =>
      NAMESPACE_QUESTIONS.map((what) => ({
        id: namespaceId(what, pid),
        shell: NAMESPACE_SHELL[what](pid),
        maxBytes: what === 'nft' ? 4 * MB : MB,
      })),
    );
}

/** Files of programs, and what the running programs say about their settings. The first round of files. */
export function programQuestions(programs: readonly RunningProgram[]): Question[] {
  return configured(programs).flatMap(({ process, program, config }) => {
    const main = mainFiles(process, config);
    const asks = (program.settings ?? []).flatMap(({ key, ask }) =>
      ask
        ? [
            {
              id: askId(process.pid, key),
              shell: askShell(process, ask, main[0] ?? ''),
              maxBytes: 65536,
            },
          ]
        : [],
    );
    return [
      {
        id: configId(process.pid, 0),
        shell: filesOfProcess(
          process,
          trusted(main, config) ? null : process.uid,
          [...main, ...furtherFiles(process, config)].map(absolute(process)),
        ),
        maxBytes: 4 * MB,
      },
      ...asks,
    ];
  });
}

/**
 * Asks a running program. Only from the file system that the shell is in: in another one, the tool of that name is whatever its owner put
 * there, and it would run with the power of the auditor. And only with a configuration that root alone can write, for the same reason.
 */
function askShell({ pid }: Process, ask: readonly string[], config: string): string {
  const words = ask.map((word) => quote(word.replace('{config}', config).replace('{pid}', String(pid)))).join(' ');
  const trusted = ask.some((word) => word.includes('{config}'))
    ? `[ -n "$(find -L ${quote(config)} -maxdepth 0 -type f -uid 0 ! -perm /022)" ] || exit 8; `
    : '';
  return `[ /proc/${pid}/ns/mnt -ef /proc/$$/ns/mnt ] || exit 8; ${trusted}t=; command -v timeout >/dev/null && t='timeout 5'
if [ /proc/${pid}/ns/net -ef /proc/$$/ns/net ]; then $t ${words}; else $t nsenter -t ${pid} -n -- ${words}; fi`;
}

/** Files as a process sees them; or, if it has none of them there, as it saw them before it changed its root (HAProxy, NSD, BIND). */
const filesOfProcess = ({ pid }: Process, uid: number | null, patterns: readonly string[]): string =>
  `( ${readFiles({ root: `/proc/${pid}/root`, uid }, patterns)} ); code=$?
if [ $code = 3 ] && [ "$(readlink /proc/${pid}/root)" != / ] && [ /proc/${pid}/ns/mnt -ef /proc/$$/ns/mnt ]; then ( ${readFiles({ root: '', uid }, patterns)} ); code=$?; fi
exit $code`;

/** True if nothing but the auditor and the places of the program's own files name what is read: root wrote there. */
const trusted = (main: readonly string[], config: ConfigSource): boolean =>
  main === config.paths ||
  main.every((path) => !path.includes('..') && config.paths.some((usual) => inFolderOf(usual, path)));

const inFolderOf = (usual: string, path: string): boolean => {
  const folder = usual.slice(0, usual.lastIndexOf('/') + 1);
  return folder !== '/etc/' && folder !== '/' && path.startsWith(folder);
};

/** Relative names are relative to the working directory, which is read as a link of /proc. */
const absolute =
  (process: Process) =>
  (path: string): string =>
    path.startsWith('/') ? path : `/proc/${process.pid}/cwd/${path}`;

/** Files that the files read so far include. */
export function includeQuestions(programs: readonly RunningProgram[], answers: Answers, round: number): Question[] {
  if (round >= MAX_ROUNDS) return [];
  return configured(programs).flatMap((one) => {
    const wanted = wantedIncludes(readConfiguration(one, answers), one.config);
    return wanted.length === 0
      ? []
      : [
          {
            id: configId(one.process.pid, round),
            shell: filesOfProcess(
              one.process,
              trusted(mainFiles(one.process, one.config), one.config) ? null : one.process.uid,
              wanted,
            ),
            maxBytes: 4 * MB,
          },
        ];
  });
}

/** Recorder commands in the scripts that interpreters run. */
export function scriptQuestions(processes: readonly Process[]): Question[] {
  const paths = processes.flatMap((process) => {
    const script = scriptOf(process);
    return script === null
      ? []
      : [`/proc/${process.pid}/root${script.startsWith('/') ? '' : `/proc/${process.pid}/cwd/`}${script}`];
  });
  const list = [...new Set(paths)].slice(0, 500).map(quote).join(' ');
  return [
    {
      id: 'scripts',
      shell: `grep -IsnE -D skip ${quote(ANY_RECORDER)} /dev/null ${list} | cut -c1-400; true`,
      maxBytes: 256 * 1024,
    },
  ];
}

/** MD5 of the programs that handle what users send and of their libraries, and what dpkg has for the same paths in the same root. */
export function integrityQuestions(programs: readonly RunningProgram[]): Question[] {
  const judged = judgedBinaries(programs);
  if (judged.length === 0) return [];
  const files = judged.flatMap((process) => [
    `/proc/${process.pid}/exe`,
    ...librariesOf(process).map((path) => `/proc/${process.pid}/root${path}`),
  ]);
  const roots = Map.groupBy(judged, ({ mountNamespace }) => mountNamespace);
  return [
    { id: INTEGRITY_ID, shell: `md5sum ${files.map(quote).join(' ')}; true`, maxBytes: MB },
    ...[...roots.values()].map((list) => {
      const paths = [
        ...new Set(
          list
            .flatMap((process) => [process.exe!.replace(/ \(deleted\)$/, ''), ...librariesOf(process)])
            .map((path) => path.replace(/^\/(usr\/)?/, '')),
        ),
      ];
      const patterns = paths.map((path) => `-e ${quote(`  ${path}`)} -e ${quote(`  usr/${path}`)}`).join(' ');
      const { pid } = list[0]!;
      return {
        id: packagedId(pid),
        shell: `[ -d /proc/${pid}/root/var/lib/dpkg/info ] && echo dpkg; grep -hsF ${patterns} /proc/${pid}/root/var/lib/dpkg/info/*.md5sums; true`,
        maxBytes: MB,
      };
    }),
  ];
}
