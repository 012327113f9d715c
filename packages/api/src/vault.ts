/**
 * The vault: what only the customer may read, kept by the accounts plane as ciphertext of one size. It holds names, the device
 * lists as last signed, and vouchers that are not spent yet; never a device's private key.
 */

import {
  concat,
  fromBase64,
  fromUtf8,
  LetheError,
  randomBytes,
  type Secret,
  type ServerSettings,
  toBase64,
  utf8,
} from '@lethe/core';

export interface VaultDevice {
  /** WireGuard public key, base64. */
  key: string;
  slot: number;
  name: string;
}

export interface VaultServer {
  id: string;
  name: string;
  /** YYYY-MM-DD. */
  createdOn: string;
  /** Counter of the device list below. Written here before the list is sent, so that a lost answer can be sent again. */
  counter: number;
  devicesMayTalk: boolean;
  devices: VaultDevice[];
  /** Its public keys as first seen: Ed25519 base64url and WireGuard base64. Never changed; null until they are known. */
  keys: { node: string; wireguard: string } | null;
  /** The owner's settings as last signed; missing while they are the default ones. Written here before they are sent. */
  settings?: Omit<ServerSettings, 'server'>;
  /** The voucher this server is being created with; null once the service has confirmed the server. */
  voucher: string | null;
}

export interface Vault {
  format: 1;
  servers: VaultServer[];
  /** Vouchers obtained and not spent. */
  vouchers: string[];
}

/** Bytes of padded plaintext: room for about ten servers with ten devices each. */
export const VAULT_BYTES = 16 * 1024;
const NONCE_BYTES = 12;

export const emptyVault = (): Vault => ({ format: 1, servers: [], vouchers: [] });

/** The version is authenticated, so that old content cannot be served as new. */
const binding = (version: number) => utf8(`lethe vault v1 ${version}`);

const importKey = (key: Secret<'vault'>) =>
  crypto.subtle.importKey('raw', key.reveal(), 'AES-GCM', false, ['encrypt', 'decrypt']);

/** Seals a vault as a version. Returns base64 of constant length. Throws `too_large` if it does not fit. */
export async function sealVault(vault: Vault, version: number, key: Secret<'vault'>): Promise<string> {
  const text = utf8(JSON.stringify(vault));
  if (text.length > VAULT_BYTES) {
    throw new LetheError(
      'too_large',
      'The vault is full: it has room for about ten servers with ten devices each. Nothing was changed.',
    );
  }
  const padded = new Uint8Array(VAULT_BYTES).fill(0x20);
  padded.set(text);
  const iv = randomBytes(NONCE_BYTES);
  const params = { name: 'AES-GCM', iv, additionalData: binding(version) };
  return toBase64(concat(iv, new Uint8Array(await crypto.subtle.encrypt(params, await importKey(key), padded))));
}

/** Opens a sealed vault. Throws `recovery_key_needed` if another owner key sealed it, or it was altered or belongs to another version. */
export async function openVault(ciphertext: string, version: number, key: Secret<'vault'>): Promise<Vault> {
  let plaintext: ArrayBuffer;
  try {
    const bytes = fromBase64(ciphertext);
    const params = { name: 'AES-GCM', iv: bytes.slice(0, NONCE_BYTES), additionalData: binding(version) };
    plaintext = await crypto.subtle.decrypt(params, await importKey(key), bytes.slice(NONCE_BYTES));
  } catch (cause) {
    throw new LetheError(
      'recovery_key_needed',
      'The vault of this account cannot be opened with the owner key on this device. Import the recovery key of this account first.',
      { cause },
    );
  }
  const vault = JSON.parse(fromUtf8(new Uint8Array(plaintext))) as Vault;
  if (vault.format !== 1)
    throw new LetheError('bad_request', 'The vault was written by a newer version of Lethe. Update this program.');
  return vault;
}
