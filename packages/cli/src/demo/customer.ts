/** A customer at the command line: the real `lethe` commands with `--json`, and a profile directory of their own. */

import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AuditReport } from '@lethe/audit/audit';
import { type ErrorCode, LetheError } from '@lethe/core';
import type { Device, TestInternet } from '@lethe/testkit';
import type { FleetRequest } from './fleet-request.ts';
import { LETHE, type Service } from './service.ts';

/** What `lethe server show --json` says of a server, as far as the demo looks at it. */
export interface ServerInfo {
  id: string;
  state: string;
  wireguardKey: string;
  endpoints: string[];
}

export interface StatusInfo {
  current: boolean;
  uptimeS: number;
  blocked: number;
  devices: { name: string; online: boolean; receivedBytes: number; sentBytes: number }[];
}

export class Customer {
  readonly email: string;
  readonly #net: TestInternet;
  readonly #service: Service;
  readonly #profile: string;
  #recoveryKey = '';

  constructor(net: TestInternet, service: Service, name: string) {
    this.#net = net;
    this.#service = service;
    this.email = `${name}@example.net`;
    this.#profile = join(net.directory, `profile-${name}`);
    mkdirSync(this.#profile, { mode: 0o700 });
  }

  /** Runs a `lethe` command in the host namespace, where the API is. Throws the command's own error. */
  lethe<T>(...args: string[]): Promise<T> {
    return this.verdict([0], ...args);
  }

  /** The same for a command whose exit status is a verdict: these are none of its errors. */
  async verdict<T>(statuses: readonly number[], ...args: string[]): Promise<T> {
    const own = ['--profile', this.#profile, '--service', this.#service.url, '--json'];
    const [command, ...program] = LETHE;
    const result = await this.#net.exec('host', command, [...program, ...args, ...own], {
      mayFail: true,
      timeoutMs: 240_000,
    });
    const line = result.stdout.trim().split('\n').at(-1) ?? '';
    const value: unknown = line.startsWith('{') || line.startsWith('[') ? JSON.parse(line) : null;
    const { error } = (value ?? {}) as { error?: { code: ErrorCode; message: string } };
    if (statuses.includes(result.code ?? -1) && !error) return value as T;
    throw new LetheError(error?.code ?? 'internal', error?.message ?? result.stderr.trim().split('\n').at(-1) ?? '');
  }

  /** Signs up with the code that the service mails to its terminal, and keeps the recovery key for `fleetRequest`. */
  async signUp(): Promise<void> {
    const { mark } = this.#service;
    await this.lethe('account', 'signup', '--email', this.email).catch((error: unknown) => {
      // without a terminal the command sends the code, says so, and ends
      if (!(error instanceof LetheError) || error.code !== 'not_signed_in') throw error;
    });
    const code = await this.#service.codeFor(this.email, mark);
    await this.lethe('account', 'signup', '--email', this.email, '--code', code);
    const { recoveryKey } = await this.lethe<{ recoveryKey: string }>('account', 'recovery-key');
    this.#recoveryKey = recoveryKey;
  }

  /** What `lethe audit` says of a server of this customer. Throws the command's own error; a verdict is none. */
  async audit(id: string): Promise<AuditReport> {
    const [command, ...program] = LETHE;
    const args = ['audit', `server:${id}`, '--keys', this.#profile, '--service', this.#service.url, '--json'];
    const result = await this.#net.exec('host', command, [...program, ...args], { mayFail: true, timeoutMs: 240_000 });
    if ([0, 1, 2].includes(result.code ?? -1)) return JSON.parse(result.stdout) as AuditReport;
    throw new LetheError('internal', result.stdout.trim() || result.stderr.trim());
  }

  createServer(): Promise<ServerInfo> {
    return this.lethe('server', 'create');
  }

  showServer(): Promise<ServerInfo> {
    return this.lethe('server', 'show');
  }

  /** Adds a device and connects it in a client's namespace. */
  async connectNewDevice(name: string, client: string, endpoint: 'ipv4' | 'ipv6'): Promise<Device> {
    const file = join(this.#profile, `${name}.conf`);
    await this.lethe('device', 'add', name, '--endpoint', endpoint, '--out', file);
    return this.#net.connectDevice(client, readFileSync(file, 'utf8'));
  }

  /** The .conf of a device. */
  async deviceConf(name: string, endpoint: 'ipv4' | 'ipv6'): Promise<string> {
    const { config } = await this.lethe<{ config: string }>('device', 'config', name, '--endpoint', endpoint);
    return config;
  }

  /** A request to the fleet's API signed with this customer's owner key: status and error code of the answer. */
  async fleetRequest(method: string, path: string): Promise<{ status: number; code: string | null }> {
    const program = fileURLToPath(new URL('./fleet-request.ts', import.meta.url));
    const request: FleetRequest = { url: this.#service.url, method, path, recoveryKey: this.#recoveryKey };
    const args = ['--disable-warning=ExperimentalWarning', program];
    const { stdout } = await this.#net.exec('host', process.execPath, args, { input: JSON.stringify(request) });
    return JSON.parse(stdout) as { status: number; code: string | null };
  }
}
