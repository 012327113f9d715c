/** Secret bytes with a role. Printing, JSON and inspection never show the content. */

import { toBase64, toBase64Url } from './bytes.ts';

export type SecretRole =
  | 'owner-seed'
  | 'owner-sign'
  | 'owner-seal'
  | 'vault'
  | 'wireguard'
  | 'host-sign'
  | 'host-seal'
  | 'node-sign'
  | 'log-sign'
  | 'witness-sign'
  | 'approver'
  | 'alarm-sign'
  | 'voucher'
  | 'token';

/** Wraps secret bytes so that they cannot slip into a log line or an error by string conversion. */
export class Secret<Role extends SecretRole = SecretRole> {
  readonly role: Role;
  readonly #bytes: Uint8Array<ArrayBuffer>;
  constructor(role: Role, bytes: Uint8Array) {
    this.role = role;
    this.#bytes = new Uint8Array(bytes);
  }
  /** The bytes themselves. Every call site is a place where a secret could leak: keep them few. */
  reveal(): Uint8Array<ArrayBuffer> {
    return this.#bytes;
  }
  /** The bytes as standard base64, for WireGuard's tools. */
  revealBase64(): string {
    return toBase64(this.#bytes);
  }
  /** The bytes as base64url. */
  revealBase64Url(): string {
    return toBase64Url(this.#bytes);
  }
  toString(): string {
    return `[secret ${this.role}]`;
  }
  toJSON(): string {
    return this.toString();
  }
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }
}
