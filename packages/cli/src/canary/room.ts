/** A network of its own for the auditor's client: nothing leaves it but by the tunnel that is put into it. It ends with this process. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { LetheError } from '@lethe/core/errors';
import { run } from '@lethe/testkit';

/** A command prefix that runs in another network; empty for this process's own. */
export type Enter = readonly string[];

/** A command that ends with its parent, however that ends. */
export const bound = (command: readonly string[]): string[] => ['setpriv', '--pdeathsig', 'SIGKILL', ...command];

export class Room implements AsyncDisposable {
  readonly pid: number;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
    this.pid = child.pid!;
  }

  /** Needs root. Throws `not_root` or `internal`; nothing is left then. */
  static async open(): Promise<Room> {
    if (process.getuid?.() !== 0)
      throw new LetheError(
        'not_root',
        'A client of the audit needs root, for a network of its own. Nothing was examined.',
      );
    const [command, ...args] = bound(['unshare', '--net', 'sh', '-c', 'ip link set lo up; echo; exec sleep infinity']);
    const child = spawn(command!, args, { stdio: ['ignore', 'pipe', 'ignore'], detached: true });
    const failed = once(child, 'close').then(() => {
      throw new LetheError('internal', 'A network for the client could not be made. Nothing was examined.');
    });
    await Promise.race([once(child.stdout!, 'data'), failed]);
    failed.catch(() => {});
    return new Room(child);
  }

  get enter(): Enter {
    return ['nsenter', '-t', String(this.pid), '-n', '--'];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const closed = once(this.#child, 'close');
    this.#child.kill('SIGKILL');
    await closed;
  }
}

/** How things are run in a network. */
export const inside = (enter: Enter) => ({
  exec: (command: string, args: readonly string[], options = {}): ReturnType<typeof run> => {
    const [first, ...rest] = [...enter, command, ...args];
    return run(first!, rest, options);
  },
  spawn: (command: string, args: readonly string[]): ChildProcess => {
    const [first, ...rest] = bound([...enter, command, ...args]);
    return spawn(first!, rest, { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  },
});
