/**
 * The owner's settings in force. Threat: the host or the control plane sends forged, foreign or older ones. The newest sealed form is
 * kept in a file in memory, so that a crash of the agent opens no window for an older one; a rebirth gets it back from the host.
 */

import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { LetheError } from '@lethe/core/errors';
import type { Secret } from '@lethe/core/secret';
import { DEFAULT_SETTINGS, openSettings, type ServerSettings } from '@lethe/core/server-settings';

export interface SettingsOwner {
  server: string;
  /** base64url Ed25519. */
  ownerKey: string;
  /** The server's own key: what they are sealed to. */
  wireguard: Secret<'wireguard'>;
}

export class TrustedSettings {
  readonly #file: string;
  readonly #owner: SettingsOwner;
  #settings: ServerSettings;

  private constructor(file: string, owner: SettingsOwner) {
    this.#file = file;
    this.#owner = owner;
    this.#settings = { ...DEFAULT_SETTINGS, server: owner.server };
  }

  /** What an earlier run of the agent had accepted, or the default ones. Throws if the file was tampered with. */
  static async open(file: string, owner: SettingsOwner): Promise<TrustedSettings> {
    const trusted = new TrustedSettings(file, owner);
    const sealed = readIfThere(file);
    if (sealed !== null) trusted.#settings = await trusted.#open(sealed);
    return trusted;
  }

  get settings(): ServerSettings {
    return this.#settings;
  }

  /**
   * Accepts newer settings; the same ones again change nothing. Throws a `LetheError`: `bad_signature`, `bad_request`, or
   * `stale_counter` for older or forked ones.
   */
  async accept(sealed: string): Promise<ServerSettings> {
    const next = await this.#open(sealed);
    const { counter } = this.#settings;
    if (next.counter === counter && JSON.stringify(next) === JSON.stringify(this.#settings)) return this.#settings;
    if (next.counter <= counter) throw new LetheError('stale_counter', 'Newer settings are in force already.');
    writeFileSync(`${this.#file}.new`, sealed, { mode: 0o600 });
    renameSync(`${this.#file}.new`, this.#file);
    this.#settings = next;
    return next;
  }

  #open(sealed: string): Promise<ServerSettings> {
    const { server, ownerKey, wireguard } = this.#owner;
    return openSettings(sealed, server, ownerKey, wireguard);
  }
}

function readIfThere(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
