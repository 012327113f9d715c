/** What passes a namespace's interfaces, as tcpdump prints it. This is a witness in a network made for a test; Lethe itself has none. */

import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { LetheError } from '@lethe/core';

export class PacketWatch {
  readonly #child: ChildProcess;
  #text = '';
  private constructor(child: ChildProcess) {
    this.#child = child;
    child.stdout!.setEncoding('utf8').on('data', (text: string) => {
      this.#text += text;
    });
  }

  /** Resolves once tcpdump captures. */
  static async open(child: ChildProcess): Promise<PacketWatch> {
    const watch = new PacketWatch(child);
    let said = '';
    await new Promise<void>((resolve, reject) => {
      child.stderr!.on('data', (chunk: Buffer) => {
        said += chunk.toString();
        if (said.includes('listening on')) resolve();
      });
      child.on('error', reject);
      child.on('exit', () => reject(new LetheError('internal', `tcpdump did not start: ${said.trim()}`)));
    });
    return watch;
  }

  /** One line per packet so far. */
  lines(): string[] {
    return this.#text.split('\n').slice(0, -1);
  }

  /** The DNS questions among them, in order: type and name without the last dot. */
  questions(): { type: string; name: string }[] {
    return this.lines().flatMap((line) => {
      const match = / ([A-Z]+)\? (\S+) \(\d+\)$/.exec(line);
      return match ? [{ type: match[1]!, name: match[2]!.replace(/\.$/, '').toLowerCase() }] : [];
    });
  }

  /** Ends the capture after what is in flight was written. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill('SIGINT');
    await once(this.#child, 'close');
  }
}
