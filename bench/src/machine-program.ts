/** A program of the bench that makes one machine in the host namespace of a test internet and keeps it until its input ends. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { LetheError } from '@lethe/core';
import type { TestInternet } from '@lethe/testkit';

export class MachineProgram implements AsyncDisposable {
  /** The first line that it wrote. */
  readonly word: string;
  readonly #child: ChildProcess;
  private constructor(word: string, child: ChildProcess) {
    this.word = word;
    this.#child = child;
  }

  /** Gives it one line of JSON and waits for its first word. Throws `engine_failed` with what it complained of. */
  static async start(net: TestInternet, program: URL, order: object): Promise<MachineProgram> {
    const args = ['--disable-warning=ExperimentalWarning', fileURLToPath(program)];
    const [command, entered] = net.enter('host', process.execPath, args);
    const child = spawn(command, entered, { stdio: ['pipe', 'pipe', 'pipe'], detached: true });
    let complaint = '';
    child.stderr.on('data', (chunk: Buffer) => {
      complaint = (complaint + chunk.toString()).slice(-4000);
    });
    child.stdin.on('error', () => {});
    child.stdin.write(`${JSON.stringify(order)}\n`);
    const word = await new Promise<string>((resolve, reject) => {
      child.stdout.once('data', (chunk: Buffer) => resolve(chunk.toString().trim()));
      child.once('close', () =>
        reject(new LetheError('engine_failed', `A machine of the bench did not start: ${complaint.trim()}`)),
      );
    });
    return new MachineProgram(word, child);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.stdin!.end();
    await once(this.#child, 'close');
  }
}
