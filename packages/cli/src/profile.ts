/**
 * The profile directory: what the command line keeps for its owner, one directory per service, mode 0700, files 0600.
 *
 *   owner-key        the owner seed, base64url: whoever has it controls the servers
 *   session          the session token
 *   marks.json       newest vault version and list counters seen here
 *   log.json         the log's policy and newest trust root seen here
 *   devices/KEY.key  private keys of devices made here, by public key
 */

import { mkdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Marks, noMarks, type OwnerStore } from '@lethe/api';
import { fromBase64, fromBase64Url, LetheError, Secret, toBase64Url } from '@lethe/core';
import { writeSecretFile } from './secret-file.ts';

/** What is remembered of a service's log, so that it cannot show another one later. */
export interface KeptLog {
  /** Text of the tlog-policy under which its first trust root was verified. */
  policy: string;
  /** The newest trust root seen. */
  root: { version: number; digest: string };
}

export class FileStore implements OwnerStore {
  readonly dir: string;
  constructor(dir: string) {
    this.dir = dir;
  }

  async loadSeed() {
    const text = this.#read('owner-key');
    return text === null ? null : new Secret('owner-seed', fromBase64Url(text));
  }
  async saveSeed(seed: Secret<'owner-seed'> | null) {
    this.#write('owner-key', seed?.revealBase64Url() ?? null);
  }
  async loadToken() {
    return this.#read('session');
  }
  async saveToken(token: string | null) {
    this.#write('session', token);
  }
  async loadMarks(): Promise<Marks> {
    const text = this.#read('marks.json');
    return text === null ? noMarks() : (JSON.parse(text) as Marks);
  }
  async saveMarks(marks: Marks) {
    this.#write('marks.json', JSON.stringify(marks));
  }
  /** Throws `bad_request` if it is damaged: forgetting it would mean to believe the service anew. */
  async loadLog(): Promise<KeptLog | null> {
    const text = this.#read('log.json');
    try {
      return text === null ? null : (JSON.parse(text) as KeptLog);
    } catch (cause) {
      throw new LetheError(
        'bad_request',
        'What the profile keeps of the log is damaged. Nothing was signed. Restore log.json, or remove it and give --policy FILE.',
        { cause },
      );
    }
  }
  async saveLog(log: KeptLog) {
    this.#write('log.json', JSON.stringify(log));
  }
  async loadDeviceKey(publicKey: string) {
    const text = this.#read(keyFile(publicKey));
    return text === null ? null : new Secret('wireguard', fromBase64(text));
  }
  async saveDeviceKey(publicKey: string, key: Secret<'wireguard'> | null) {
    this.#write(keyFile(publicKey), key?.revealBase64() ?? null);
  }
  async clear() {
    rmSync(this.dir, { recursive: true, force: true });
  }

  /** Null if there is no such file. Throws `bad_request` if others could have read or changed it. */
  #read(name: string): string | null {
    const path = join(this.dir, name);
    const found = statSync(path, { throwIfNoEntry: false });
    if (!found) return null;
    checkPrivate(dirname(path), 'directory');
    if (found.mode & 0o077) throw tooOpen('file', `chmod 600 ${path}`);
    return readFileSync(path, 'utf8').trim();
  }
  #write(name: string, content: string | null): void {
    const path = join(this.dir, name);
    if (content === null) {
      rmSync(path, { force: true });
      return;
    }
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    checkPrivate(dirname(path), 'directory');
    writeSecretFile(path, `${content}\n`, true);
  }
}

const keyFile = (publicKey: string): string => join('devices', `${toBase64Url(fromBase64(publicKey))}.key`);

function checkPrivate(path: string, what: string): void {
  if (statSync(path).mode & 0o077) throw tooOpen(what, `chmod 700 ${path}`);
}

const tooOpen = (what: string, command: string) =>
  new LetheError(
    'bad_request',
    `A ${what} of the profile is open to other users of this machine. Nothing was read or changed. If you trust them, run: ${command}`,
  );
