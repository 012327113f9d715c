/** Who this host is to the control plane: its Ed25519 key, made at the first start, and the id it was given when it joined. */

import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Secret, signingPublicKey, toBase64Url, utf8 } from '@lethe/core';
import { writeDurably } from './sealed/files.ts';
import { openSecretFile } from './sealed/secret-file.ts';

export interface HostIdentity {
  readonly sign: Secret<'host-sign'>;
  /** base64url Ed25519 public key. */
  readonly hostKey: string;
  /** Null before the host has joined. */
  hostId: string | null;
}

const idFile = (directory: string): string => join(directory, 'id');

export const isHostId = (value: unknown): value is string =>
  typeof value === 'string' && /^[A-Za-z0-9_-]{1,64}$/.test(value);

/** Opens the identity under `directory` (`dataDir/host`), making key and directory (0700) at first. */
export async function openIdentity(directory: string): Promise<HostIdentity> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const sign = await openSecretFile(join(directory, 'key'), 'host-sign');
  const hostKey = toBase64Url(await signingPublicKey(sign));
  const stored = await readFile(idFile(directory), 'utf8').catch(() => '');
  return { sign, hostKey, hostId: isHostId(stored) ? stored : null };
}

/** Keeps the id the control plane gave. */
export async function storeHostId(directory: string, identity: HostIdentity, hostId: string): Promise<void> {
  if (identity.hostId === hostId) return;
  await writeDurably(idFile(directory), utf8(hostId));
  identity.hostId = hostId;
}
