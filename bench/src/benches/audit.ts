/** What an audit costs: time and bytes over ssh, memory of the auditor, and the throughput of the server meanwhile. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LabServer, Layers } from '@lethe/cli/corpus/lab-server';
import { LetheError } from '@lethe/core';
import type { Lab } from '@lethe/testkit';
import type { Bench, BenchContext, Measurement } from '../bench.ts';
import { startLethe } from '../lethe.ts';
import { startSink, throughput } from '../load.ts';
import { median, order } from '../statistics.ts';

const ROUNDS = 7;
/** Each takes half a minute. */
const STANDARD_ROUNDS = 3;
const SECONDS = 3;
const LETHE = fileURLToPath(new URL('../../../packages/cli/src/main.ts', import.meta.url));
const FACTS = '/tmp/facts.json';

export const bench: Bench = {
  description:
    'a quick audit over ssh of a server made by hand, a standard one of a server with 2 GB in memory, and a quick one of a Lethe server while it carries traffic',
  async run(context) {
    return [...(await overSsh(context)), ...(await withClient(context)), ...(await meanwhile(context))];
  },
};

/** The auditor as a user runs it, in the network of the server, through a real sshd. */
async function overSsh({ progress, rounds }: BenchContext): Promise<Measurement[]> {
  progress('a server with sshd');
  const layers = new Layers('/var/cache/lethe/corpus');
  await using server = await LabServer.start(await layers.of(['openssh-server', 'openssh-client']));
  const { lab } = server;
  await lab.sh(`mkdir -p /run/sshd /root/.ssh; chmod 700 /root/.ssh; ssh-keygen -A >/dev/null
ssh-keygen -q -t ed25519 -N '' -f /root/.ssh/id_ed25519; cp /root/.ssh/id_ed25519.pub /root/.ssh/authorized_keys
/usr/sbin/sshd -o PermitRootLogin=prohibit-password -o ListenAddress=192.0.2.1 >/dev/null 2>&1
for try in 1 2 3 4 5 6 7 8 9 10; do ssh-keyscan -t ed25519 192.0.2.1 >/root/.ssh/known_hosts 2>/dev/null && [ -s /root/.ssh/known_hosts ] && exit 0; sleep 0.5; done; exit 1`);
  const seconds: number[] = [];
  for (let round = 0; round < (rounds ?? ROUNDS); round += 1) {
    progress(`audit over ssh, round ${round + 1}`);
    const began = performance.now();
    await peakMemory(audit(lab));
    seconds.push((performance.now() - began) / 1000);
  }
  const { received } = JSON.parse(await lab.sh(`cat ${FACTS}`)) as { received: number };
  return [
    { metric: 'quick_ssh_s', value: median(seconds), unit: 's' },
    { metric: 'quick_transfer_mb', value: received / 1e6, unit: 'MB' },
  ];
}

/** Memory of a server that has something to search: 2 GB of chance, which no search can skip. */
const HOLD_2_GB = `perl -e 'open F, "/dev/urandom"; read F, $b[$_], 1 << 20 for 1 .. 2048; open T, ">", "/run/held"; close T; sleep 3600' >/dev/null 2>&1 &
until [ -e /run/held ]; do sleep 0.5; done`;

/** The auditor as a user runs it, on the machine that has the sink. */
async function withClient({ progress, rounds }: BenchContext): Promise<Measurement[]> {
  progress('a server with 2 GB in memory');
  await using server = await LabServer.start(null);
  await server.lab.sh(HOLD_2_GB);
  const { enter, conf, zone, address } = server.auditor;
  const directory = mkdtempSync(join(tmpdir(), 'lethe-bench-audit-'));
  try {
    const file = join(directory, 'client.conf');
    writeFileSync(file, conf, { mode: 0o600 });
    const options = [
      '--profile',
      'standard',
      '--client',
      file,
      '--sink-zone',
      zone,
      '--sink-address',
      address,
      '--json',
    ];
    const target = `exec:${server.lab.enter.join(' ')}`;
    const [command, ...args] = [...enter, process.execPath, LETHE, 'audit', target, ...options];
    const seconds: number[] = [];
    const memory: number[] = [];
    for (let round = 0; round < Math.min(rounds ?? ROUNDS, STANDARD_ROUNDS); round += 1) {
      progress(`standard audit, round ${round + 1}`);
      const began = performance.now();
      memory.push(await peakMemory(spawn(command!, args, { stdio: 'ignore' })));
      seconds.push((performance.now() - began) / 1000);
    }
    return [
      { metric: 'standard_s', value: median(seconds), unit: 's' },
      { metric: 'auditor_rss_mb', value: median(memory), unit: 'MB' },
    ];
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function audit(lab: Lab): ChildProcess {
  const args = ['-t', String(lab.pid), '-m', '-n', '--', process.execPath, LETHE];
  return spawn('nsenter', [...args, 'audit', 'ssh://root@192.0.2.1', '--facts', FACTS, '--json'], { stdio: 'ignore' });
}

/** Largest resident memory in MB of a process with what it started: sink and client. Throws `internal` if there was no verdict. */
async function peakMemory(child: ChildProcess): Promise<number> {
  const peaks = new Map<number, number>();
  const timer = setInterval(() => {
    for (const pid of [child.pid!, ...childrenOf(child.pid!)])
      peaks.set(pid, Math.max(peaks.get(pid) ?? 0, peakOf(pid)));
  }, 20);
  const [code] = (await once(child, 'close')) as [number];
  clearInterval(timer);
  if (code > 2) throw new LetheError('internal', 'The audit reached no verdict. Nothing was measured.');
  return [...peaks.values()].reduce((sum, peak) => sum + peak, 0);
}

/** 0 if it has ended. */
function peakOf(pid: number): number {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1000;
  } catch {
    return 0;
  }
}

function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

/** Throughput of a container's server with audits of its machine one after the other, and without, in turn. */
async function meanwhile(context: BenchContext): Promise<Measurement[]> {
  context.progress('a Lethe server');
  await using lethe = await startLethe('container', [{ name: 'tunnel', ipv4: true, ipv6: true }], context);
  startSink(lethe.net);
  const customer = await lethe.customer('anna');
  await customer.createServer();
  await using device = await customer.connectNewDevice('phone', 'tunnel', 'ipv4');
  await device.handshake();
  const quiet: number[] = [];
  const audited: number[] = [];
  const measure = {
    quiet: async () => quiet.push(await flow()),
    audited: async () => audited.push(await withAudits(flow)),
  };
  const flow = (): Promise<number> => throughput(lethe.net, 'tunnel', 'down', SECONDS);
  for (let round = 0; round < (context.rounds ?? ROUNDS); round += 1) {
    context.progress(`throughput with and without an audit, round ${round + 1}`);
    for (const run of order(round, measure.quiet, measure.audited)) await run();
  }
  const ratios = audited.map((value, round) => value / quiet[round]!);
  return [
    { metric: 'server_throughput_during_quick_ratio', value: median(ratios), unit: 'x' },
    { metric: 'throughput_quiet', value: median(quiet), unit: 'Mbit/s' },
    { metric: 'throughput_audited', value: median(audited), unit: 'Mbit/s' },
  ];
}

/** One audit begins with the measurement; auditor and server share this machine's cores. */
async function withAudits(measure: () => Promise<number>): Promise<number> {
  const child = spawn(process.execPath, [LETHE, 'audit', 'local', '--json'], { stdio: 'ignore' });
  const ended = once(child, 'close');
  const value = await measure();
  await ended;
  return value;
}
