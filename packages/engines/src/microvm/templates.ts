/** The template of an engine: at most one, made once by the program that keeps the machines, waited for by those that would begin from it. */

import { rmSync } from 'node:fs';
import type { MachineSpec } from '@lethe/core';
import type { Template, TemplateSize } from './template.ts';

export class Templates {
  readonly #directory: string;
  /** The template, or null once it is known that there is none. */
  #made: Promise<Template | null> = Promise.resolve(null);
  #size: TemplateSize | null = null;
  #dropped: Template | null = null;
  #end = new AbortController();

  /** `directory` is on tmpfs and of no use to anyone but the program that makes the template. */
  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Makes the template in place of an earlier one; from this call on `fitting` waits for it. Throws what `take` throws; there is none then. */
  async make(
    size: TemplateSize,
    signal: AbortSignal | undefined,
    take: (directory: string, signal: AbortSignal) => Promise<Template | null>,
  ): Promise<void> {
    this.#end = new AbortController();
    const calledOff = signal ? AbortSignal.any([signal, this.#end.signal]) : this.#end.signal;
    const making = take(this.#directory, calledOff);
    this.#size = size;
    this.#made = making.catch(() => null);
    await making;
  }

  /** The template that a machine can begin from, once it is made; null if there is none or the caller has called off its work. */
  async fitting(spec: MachineSpec, signal?: AbortSignal): Promise<Template | null> {
    if (this.#size?.image.digest !== spec.image.digest || this.#size.memoryMb !== spec.memoryMb) return null;
    if (signal?.aborted) return null;
    const { promise: calledOff, resolve } = Promise.withResolvers<null>();
    const onAbort = (): void => resolve(null);
    signal?.addEventListener('abort', onAbort, { once: true });
    const template = await Promise.race([this.#made, calledOff]);
    signal?.removeEventListener('abort', onAbort);
    return template === this.#dropped ? null : template;
  }

  /** Uses it no more. */
  drop(template: Template): void {
    this.#dropped = template;
  }

  /** Calls off one that is being made, and forgets one that is. */
  async end(): Promise<void> {
    this.#end.abort();
    await this.#made;
    this.#size = null;
  }

  /** Removes what is on disk, whoever made it. */
  clear(): void {
    rmSync(this.#directory, { recursive: true, force: true });
  }
}
