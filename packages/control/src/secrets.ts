/** The secrets of the control plane: 32 random bytes each in `control/` of the data directory, readable by its owner alone. */

import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LetheError, randomBytes, Secret, type SecretRole } from '@lethe/core';

const BYTES = 32;

export interface ControlSecrets {
  /** Both planes of one service. */
  voucher: Secret<'voucher'>;
  /** Accounts: hashes of addresses and codes, and the seal of queued mail. */
  codes: Secret<'token'>;
  /** Fleet: enrolment tokens. */
  enrolment: Secret<'token'>;
}

/** Reads the secrets and makes those that are missing. Throws `disk_full` or `internal` if a file is damaged. */
export function openSecrets(dataDir: string): ControlSecrets {
  const directory = join(dataDir, 'control');
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  return {
    voucher: openSecret(directory, 'voucher', 'voucher'),
    codes: openSecret(directory, 'codes', 'token'),
    enrolment: openSecret(directory, 'enrolment', 'token'),
  };
}

function openSecret<Role extends SecretRole>(directory: string, name: string, role: Role): Secret<Role> {
  const file = join(directory, name);
  const bytes = read(file) ?? make(file);
  if (bytes.length !== BYTES) {
    throw new LetheError(
      'internal',
      `The secret file control/${name} is damaged. Restore it from a backup of the data directory.`,
    );
  }
  return new Secret(role, bytes);
}

function read(file: string): Uint8Array | undefined {
  try {
    return readFileSync(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** A file appears under its name whole or not at all, and only once: a second process that tries at the same time reads the first one's. */
function make(file: string): Uint8Array {
  const temporary = `${file}.${process.pid}.new`;
  try {
    writeFileSync(temporary, randomBytes(BYTES), { mode: 0o600, flush: true });
    linkSync(temporary, file);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOSPC') throw new LetheError('disk_full', 'The disk is full. Nothing was started.', { cause });
    if (code !== 'EEXIST') throw cause;
  } finally {
    rmSync(temporary, { force: true });
  }
  return readFileSync(file);
}
