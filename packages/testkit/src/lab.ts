/**
 * A lab server: a machine to spoil. It has this machine's programs through an overlay, and mounts, processes and networks of its own, so
 * that whatever is done to it stays in it and is gone with it.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from './command.ts';

/**
 * The overlay lies on a tmpfs in the lab's own mount namespace. What records on this machine is covered, so that every lab begins clean;
 * `ulimit -c 0` is what a service has by default.
 */
const BEGIN = `set -e
base=$1; ulimit -c 0
mount --make-rprivate /
mount -t tmpfs lab "$base"; mkdir "$base/upper" "$base/work" "$base/root"
mount -t overlay lab -o lowerdir=/,upperdir="$base/upper",workdir="$base/work" "$base/root"
cd "$base/root"; mkdir -p old; mount --rbind /dev dev; mount -t proc proc proc; mount --rbind /sys sys
for d in run tmp var/tmp var/log etc/cron.d etc/cron.daily etc/cron.hourly etc/cron.weekly etc/cron.monthly var/spool/cron etc/systemd/system etc/wireguard root var/lib/docker; do [ -d $d ] && mount -t tmpfs -o mode=1777 lab $d; done
pivot_root . old; umount -l /old
ip link set lo up
echo ready
exec sleep infinity
`;

export class Lab implements AsyncDisposable {
  /** First process of the lab, as this machine numbers it. */
  readonly pid: number;
  readonly #directory: string;
  readonly #child: ChildProcess;

  private constructor(pid: number, directory: string, child: ChildProcess) {
    this.pid = pid;
    this.#directory = directory;
    this.#child = child;
  }

  /** Needs root. Throws if the lab cannot be made. */
  static async start(): Promise<Lab> {
    const directory = mkdtempSync(join(tmpdir(), 'lethe-lab-'));
    const child = spawn(
      'unshare',
      ['--mount', '--pid', '--net', '--fork', '--kill-child=SIGKILL', 'sh', '-c', BEGIN, 'lab', directory],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    const ended = once(child, 'close').then(() => {
      throw new Error(`The lab could not be made: ${said.trim()}`);
    });
    try {
      await Promise.race([once(child.stdout, 'data'), ended]);
    } catch (error) {
      rmSync(directory, { recursive: true, force: true });
      throw error;
    }
    ended.catch(() => {});
    const pid = Number(readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').trim().split(' ')[0]);
    return new Lab(pid, directory, child);
  }

  /** Prefix of a command that runs in the lab. */
  get enter(): string[] {
    return ['nsenter', '-t', String(this.pid), '-m', '-p', '-n', '--'];
  }

  /** Runs shell in the lab and gives its output. What it starts in the background goes on until the lab ends. Throws if it fails. */
  async sh(script: string): Promise<string> {
    const [command, ...args] = this.enter;
    return (await run(command!, [...args, 'sh', '-ec', script])).stdout;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const closed = once(this.#child, 'close');
      this.#child.kill('SIGKILL');
      await closed;
    }
    rmSync(this.#directory, { recursive: true, force: true });
  }
}
