/** A 32-byte secret in a file of its own that only root can read, made at first use. */

import { chmod, readFile } from 'node:fs/promises';
import { LetheError, randomBytes, Secret, type SecretRole } from '@lethe/core';
import { writeDurably } from './files.ts';

/** Reads the secret, or makes and stores it. Throws `internal` for a damaged file: making another in its place would lose what the old one opens. */
export async function openSecretFile<Role extends SecretRole>(file: string, role: Role): Promise<Secret<Role>> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(file);
    await chmod(file, 0o600);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
      throw new LetheError('internal', 'A key file of the host cannot be read. Nothing was started.', { cause: error });
    }
    bytes = randomBytes(32);
    await writeDurably(file, bytes);
  }
  if (bytes.length !== 32) {
    throw new LetheError(
      'internal',
      'A key file of the host is damaged. Nothing was started. Restore it from a backup.',
    );
  }
  return new Secret(role, bytes);
}
