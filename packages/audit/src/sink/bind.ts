/** Opening ports: the same number on every address, and plain words where one cannot be had. */

import { LetheError } from '@lethe/core';

/** Something that listens. Closing it ends its connections too. */
export interface Bound {
  port: number;
  close(): Promise<void>;
}

/** Opens `port` on one address; 0 takes any free one. Throws the system's error. */
export type Binder = (port: number) => Promise<Bound>;

/** A free port of one address may be taken on the next one; this often another is tried. */
const TRIES = 20;

/**
 * Runs all binders with one port. Throws `port_in_use`, `not_root` or `bad_request`; nothing stays open then. Messages have no address: they
 * may end up in a report.
 */
export async function bindAll(port: number, what: string, binders: readonly Binder[]): Promise<Bound> {
  for (let left = port === 0 ? TRIES : 1; ; left -= 1) {
    await using opened = new AsyncDisposableStack();
    let chosen = port;
    try {
      for (const bind of binders) {
        const bound = await bind(chosen);
        opened.defer(() => bound.close());
        chosen = bound.port;
      }
    } catch (error) {
      if (left > 1 && (error as NodeJS.ErrnoException).code === 'EADDRINUSE') continue;
      throw inWords(error as NodeJS.ErrnoException, port, what);
    }
    const kept = opened.move();
    return { port: chosen, close: () => kept.disposeAsync() };
  }
}

function inWords(cause: NodeJS.ErrnoException, port: number, what: string): Error {
  if (cause.code === 'EADDRINUSE') {
    const text = `Port ${port} for ${what} is in use. Nothing was started. Stop what listens there, or choose another port.`;
    return new LetheError('port_in_use', text, { cause });
  }
  if (cause.code === 'EACCES') {
    const text = `Port ${port} for ${what} may only be opened by root. Nothing was started. Choose a port above 1023, or run as root.`;
    return new LetheError('not_root', text, { cause });
  }
  const text = `Port ${port} for ${what} could not be opened (${cause.code ?? 'unknown'}). Nothing was started. Check that this machine has the addresses given.`;
  return new LetheError('bad_request', text, { cause });
}
