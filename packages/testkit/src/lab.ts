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
 * The overlay lies on a tmpfs in the lab's own mount namespace, on top of a layer if there is one (programs installed before). What records
 * on this machine is taken out, so that every lab begins clean; `ulimit -c 0` is what a service has by default.
 */
const BEGIN = `set -e
base=$1; layer=$2; saves=$3; hide=$4; ulimit -S -c 0
mount --make-rprivate /
mount -t tmpfs lab "$base"; mkdir "$base/upper" "$base/work" "$base/root"
[ -z "$layer" ] || tar --extract --same-owner --preserve-permissions --xattrs --file "$layer" --directory "$base/upper"
mount -t overlay lab -o lowerdir=/,upperdir="$base/upper",workdir="$base/work" "$base/root"
cd "$base/root"; mkdir -p old
[ -z "$saves" ] || { mkdir .upper; mount --bind "$base/upper" .upper; }
mount --rbind /dev dev; mount -t proc proc proc; mount --rbind /sys sys
for d in run tmp var/tmp root dev/shm; do mount -t tmpfs -o mode=1777 lab $d; done; chmod 700 root
if [ -z "$layer" ]; then
  for d in var/log etc/cron.d etc/cron.daily etc/cron.hourly etc/cron.weekly etc/cron.monthly var/spool/cron etc/systemd/system etc/wireguard; do
    rm -rf $d; mkdir -p $d
  done
fi
[ -z "$hide" ] || [ ! -d ".$hide" ] || mount -t tmpfs -o ro lab ".$hide"
pivot_root . old; umount -l /old; rmdir /old
ip link set lo up
echo ready
exec sleep infinity
`;

export interface LabOptions {
  /** Archive that `saveLayer` of another lab wrote. */
  layer?: string;
  /** What is changed in it will be saved: it is to be seen at /.upper then, which a server would not have. */
  saves?: true;
  /** Folder that is empty in the lab: what is written there meanwhile, outside, is not the lab's. */
  hide?: string;
}

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
  static async start(options: LabOptions = {}): Promise<Lab> {
    const directory = mkdtempSync(join(tmpdir(), 'lethe-lab-'));
    const child = spawn(
      // The lab ends with its maker, however that ends.
      'setpriv',
      [
        '--pdeathsig',
        'SIGKILL',
        'unshare',
        '--mount',
        '--pid',
        '--net',
        // Programs that find each other by the number of a file (ftok) would find those of another lab.
        '--ipc',
        '--fork',
        '--kill-child=SIGKILL',
        'sh',
        '-c',
        BEGIN,
        'lab',
        directory,
        options.layer ?? '',
        options.saves ? 'saves' : '',
        options.hide ?? '',
      ],
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
    return ['nsenter', '-t', String(this.pid), '-m', '-p', '-n', '-i', '--'];
  }

  /** Joins the lab, as `eth0`, with another network, as `wan0`; `pid` is a process there. Neither end is up yet. */
  async link(pid: number): Promise<void> {
    const words = `ip link add eth0 type veth peer name wan0 netns ${pid}`;
    await run('nsenter', ['-t', String(this.pid), '-n', '--', ...words.split(' ')]);
  }

  /** Runs shell in the lab and gives its output. What it starts in the background goes on until the lab ends. Throws if it fails. */
  async sh(script: string): Promise<string> {
    const [command, ...args] = this.enter;
    return (await run(command!, [...args, 'sh', '-ec', script])).stdout;
  }

  /**
   * Installs Debian packages without starting anything, over this machine's network. Throws `internal` with apt's words if that fails.
   */
  async install(packages: readonly string[]): Promise<void> {
    const script = `printf '#!/bin/sh\\nexit 101\\n' >/usr/sbin/policy-rc.d; chmod 755 /usr/sbin/policy-rc.d
apt-get update -qq && apt-get install -y -qq --no-install-recommends ${packages.join(' ')} && apt-get clean && rm -f /usr/sbin/policy-rc.d`;
    const args = [
      '-t',
      String(this.pid),
      '-m',
      '-p',
      '--',
      'sh',
      '-ec',
      `export DEBIAN_FRONTEND=noninteractive; ${script}`,
    ];
    await run('nsenter', args, { timeoutMs: 600_000 });
  }

  /** Writes what was changed in this lab's files to an archive, so that other labs begin with it. For a lab that was started with `saves`. */
  async saveLayer(file: string): Promise<void> {
    const script = 'exec nsenter -t "$1" -m -p -- tar --create --xattrs --directory /.upper --file - . >"$2"';
    await run('sh', ['-ec', script, 'lab', String(this.pid), file], { timeoutMs: 300_000 });
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
