/** Where a service keeps things: the data directory on disk, the run directory in memory, and the mark its kernel objects carry. */

import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LetheError, toHex } from '@lethe/core';

export interface Instance {
  /** Six hexadecimal digits, made once: part of the names of interfaces, rules and cgroups. */
  id: string;
  dataDir: string;
  /** On tmpfs: sockets, machine state. Gone with a reboot. */
  runDir: string;
}

/** Makes the directories where they are missing. Throws `disk_full` or `bad_request` when the data directory cannot be used. */
export function openInstance(dataDir: string): Instance {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o711 });
    const id = readOrMakeId(join(dataDir, 'instance'));
    const runDir = join('/run/lethe', id);
    mkdirSync(runDir, { recursive: true, mode: 0o711 });
    // Whatever the umask: the database's user and the machines' users pass through, and see nothing.
    for (const dir of ['/run/lethe', runDir]) chmodSync(dir, 0o711);
    return { id, dataDir, runDir };
  } catch (cause) {
    if (cause instanceof LetheError) throw cause;
    const code = (cause as NodeJS.ErrnoException).code;
    if (code === 'ENOSPC')
      throw new LetheError('disk_full', `The disk under ${dataDir} is full. Nothing was started.`, { cause });
    throw new LetheError(
      'bad_request',
      `The data directory ${dataDir} cannot be used (${code ?? 'unknown reason'}). Nothing was started.`,
      { cause },
    );
  }
}

/** Takes away the run directory of a service that has stopped. Its content is of no use to the next start. */
export function closeInstance(instance: Instance): void {
  rmSync(instance.runDir, { recursive: true, force: true });
}

function readOrMakeId(file: string): string {
  if (existsSync(file)) {
    const id = readFileSync(file, 'utf8').trim();
    if (!/^[0-9a-f]{6}$/.test(id))
      throw new LetheError(
        'bad_request',
        `${file} is damaged: it should hold six hexadecimal digits. Nothing was started.`,
      );
    return id;
  }
  const id = toHex(randomBytes(3));
  writeFileSync(`${file}.new`, `${id}\n`, { mode: 0o600, flush: true });
  renameSync(`${file}.new`, file);
  return id;
}
