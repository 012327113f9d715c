/** Processes with what they hold open, from /proc. */

import type { Descriptor, DescriptorKind, Fact, Process } from './facts.ts';
import { type Answers, factOf, linkRecords, numberOf, perProcess } from './parse.ts';

const MAX_PROCESSES = 50_000;

/** All processes but the auditor's own shell and what it started. Unknown unless status, links and descriptors were all answered. */
export function readProcesses(answers: Answers): Fact<Process[]> {
  const status = factOf(answers, 'status', (text) => perProcess(text, 'status'), [0]);
  if (!status.known) return status;
  const links = factOf(answers, 'links', linkRecords, [0, 1]);
  if (!links.known) return links;
  const fds = factOf(answers, 'fds', linkRecords, [0, 1]);
  if (!fds.known) return fds;
  const cmdline = factOf(answers, 'cmdline', (text) => perProcess(text, 'cmdline', '\0'), [0, 1]);
  if (!cmdline.known) return cmdline;
  // Processes that end meanwhile make grep and awk fail in part; an answer that was cut off or never came is none.
  const [environment, libraries, fdinfo] = ['environment', 'libraries', 'fdinfo'].map((id) =>
    factOf(answers, id, (text) => text, [0, 1, 2]),
  ) as [Fact<string>, Fact<string>, Fact<string>];
  for (const fact of [environment, libraries, fdinfo]) if (!fact.known) return fact;
  const textOf = (fact: Fact<string>): string => (fact.known ? fact.value : '');

  const found = new Map<number, Process>();
  const of = (pid: number): Process => {
    const process = found.get(pid) ?? blank(pid);
    found.set(pid, process);
    return process;
  };
  for (const [pid, line] of status.value) readStatus(of(pid), line);
  for (const [pid, argument] of cmdline.value) found.get(pid)?.argv.push(argument);
  for (const [path, target] of links.value) readLink(found, path, target);
  const writing = writersOf(textOf(fdinfo));
  for (const [path, target] of fds.value) {
    const [, pid, number] = /^\/proc\/(\d+)\/fd\/(\d+)$/.exec(path) ?? [];
    if (pid)
      found.get(Number(pid))?.descriptors.push(descriptor(Number(number), target, writing.has(`${pid}/${number}`)));
  }
  for (const [pid, variable] of perProcess(textOf(environment), 'environ', '\0')) {
    const at = variable.indexOf('=');
    const process = found.get(pid);
    if (process && at > 0) process.environment[variable.slice(0, at)] = variable.slice(at + 1);
  }
  for (const line of textOf(libraries).split('\n')) {
    const [pid, path] = line.split('\t');
    const process = found.get(Number(pid));
    if (!process || path === undefined) continue;
    if (path.startsWith('socket:')) process.rings += 1;
    else process.code.push(path);
  }
  const list = [...found.values()].filter((process) => process.netNamespace !== '' || process.kernelThread);
  const source = 'status, cmdline, exe, ns, fd, fdinfo and maps below /proc/PID';
  if (list.length > MAX_PROCESSES) return { known: false, reason: 'there are too many processes', source };
  if (list.length === 0) return { known: false, reason: 'no process could be read', source };
  return { known: true, value: withoutOwn(list, numberOf(answers.get('shell')?.text)), source };
}

const blank = (pid: number): Process => ({
  pid,
  parent: 0,
  name: '',
  exe: null,
  argv: [],
  environment: {},
  uid: 0,
  tracer: 0,
  kernelThread: false,
  netNamespace: '',
  mountNamespace: '',
  descriptors: [],
  code: [],
  rings: 0,
  carriesAudit: false,
});

function readStatus(process: Process, line: string): void {
  const [key, value = ''] = line.split(/:\s*/, 2);
  if (key === 'Name') process.name = value;
  else if (key === 'PPid') process.parent = numberOf(value);
  else if (key === 'Uid') process.uid = numberOf(value);
  else if (key === 'TracerPid') process.tracer = numberOf(value);
  else if (key === 'Kthread') process.kernelThread = value.trim() === '1';
}

function readLink(found: Map<number, Process>, path: string, target: string): void {
  const [, pid, what] = /^\/proc\/(\d+)\/(exe|ns\/net|ns\/mnt)$/.exec(path) ?? [];
  const process = found.get(Number(pid));
  if (!process) return;
  if (what === 'exe') process.exe = target;
  else if (what === 'ns/net') process.netNamespace = target;
  else process.mountNamespace = target;
}

/** `PID/FD` of all that are open for writing. The flags are octal; the last digit's low bits are the mode of access (open(2)). */
function writersOf(text: string): Set<string> {
  return new Set(
    [...text.matchAll(/^\/proc\/(\d+)\/fdinfo\/(\d+):flags:\s*([0-7]{1,24})$/gm)].flatMap(([, pid, fd, flags]) =>
      (Number.parseInt(flags!, 8) & 3) === 0 ? [] : [`${pid}/${fd}`],
    ),
  );
}

function descriptor(number: number, target: string, writes: boolean): Descriptor {
  const inode = /^socket:\[(\d+)\]$/.exec(target)?.[1];
  return { number, target, writes, kind: kindOf(target), inode: inode ? Number(inode) : null };
}

/** Names of devices; a plain file below /dev is a file. */
const DEVICE =
  /^\/dev\/(null|zero|full|u?random|tty\w*|ptmx|pts\/\d+|console|kmsg|kvm|vhost-\w+|fuse|rtc\d*|uinput|input\/\w+|dri\/\w+|loop\w*|mapper\/[\w.-]+|(sd|vd|xvd|nvme|dm-|md)\w+|snd\/\w+|watchdog\d*|cpu_dma_latency|vport\w+|virtio-ports\/[\w.-]+|hwrng|mem|autofs|binder\w*|cuse|btrfs-control)$/;

function kindOf(target: string): DescriptorKind {
  if (target.startsWith('socket:')) return 'socket';
  if (target.startsWith('pipe:')) return 'pipe';
  if (target.startsWith('anon_inode:bpf') || target === 'anon_inode:[bpf-prog]') return 'bpf';
  if (/^anon_inode:\[?(bpf[-_].*|bpf)\]?$/.test(target)) return 'bpf';
  if (/^anon_inode:\[?perf_event\]?$/.test(target)) return 'perf';
  if (target === '/dev/net/tun') return 'tunnel';
  if (target.startsWith('/memfd:') || target.startsWith('/SYSV') || target.startsWith('/dev/shm/')) return 'memory';
  if (DEVICE.test(target) || target.startsWith('/proc/') || target.startsWith('/sys/')) return 'device';
  if (!target.startsWith('/')) return 'other';
  return target.endsWith(' (deleted)') ? 'unlinked' : 'file';
}

/** Leaves out the auditor's shell and its children; what carried it there stays, marked. */
function withoutOwn(list: Process[], shell: number): Process[] {
  if (shell === 0) return list;
  const own = new Set([shell]);
  const parents = new Map(list.map(({ pid, parent }) => [pid, parent]));
  const carriers = new Set<number>();
  for (let pid = parents.get(shell) ?? 0; pid > 1 && !carriers.has(pid); pid = parents.get(pid) ?? 0) carriers.add(pid);
  const children = Map.groupBy(list, ({ parent }) => parent);
  for (const pid of own) for (const child of children.get(pid) ?? []) own.add(child.pid);
  return list
    .filter(({ pid }) => !own.has(pid))
    .map((process) => ({ ...process, carriesAudit: carriers.has(process.pid) }));
}
