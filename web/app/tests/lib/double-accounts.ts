/** The accounts plane of the double: codes, sessions, plan, vault. */

import { LetheError, newToken } from '@lethe/core';
import type { Call, Reply } from './double.ts';

interface AccountRow {
  email: string;
  vault: { version: number; ciphertext: string | null };
  issued: number;
}

export class Accounts {
  readonly #codes = new Map<string, string>();
  readonly #rows = new Map<string, AccountRow>();
  readonly #sessions = new Map<string, string>();
  serversPerPeriod = 3;

  /** The newest code mailed to an address. Throws if none was. */
  codeFor(email: string): string {
    const code = this.#codes.get(email);
    if (!code) throw new Error('No code was sent to that address.');
    return code;
  }
  expireCode(email: string): void {
    this.#codes.set(email, 'expired');
  }
  endSessions(): void {
    this.#sessions.clear();
  }
  has(email: string): boolean {
    return this.#rows.has(email);
  }
  vaultOf(email: string): { version: number; ciphertext: string | null } {
    return this.#rows.get(email)!.vault;
  }

  async answer(call: Call): Promise<Reply | null> {
    const { method, path, body } = call;
    if (!path.startsWith('/api/account')) return null;
    if (method === 'POST' && path === '/api/account/codes') return this.#mail(String(body.email));
    if (method === 'POST' && path === '/api/account/sessions')
      return this.#signIn(String(body.email), String(body.code));
    const row = this.#rows.get(this.#sessions.get(call.session ?? '') ?? '');
    if (!row) throw new LetheError('not_signed_in', 'You are not signed in.');
    return this.#answerFor(row, call);
  }

  #mail(email: string): Reply {
    this.#codes.set(email, String(Math.floor(10_000_000 + Math.random() * 89_999_999)));
    return { status: 202, body: {} };
  }

  #signIn(email: string, code: string): Reply {
    if (this.#codes.get(email) === 'expired') throw new LetheError('code_expired', 'The code is too old.');
    if (this.#codes.get(email) !== code) throw new LetheError('wrong_code', 'The code is wrong.');
    this.#codes.delete(email);
    if (!this.#rows.has(email)) this.#rows.set(email, { email, vault: { version: 0, ciphertext: null }, issued: 0 });
    const token = newToken();
    this.#sessions.set(token, email);
    return { status: 201, body: { token }, cookie: token };
  }

  #answerFor(row: AccountRow, { method, path, body, session }: Call): Reply | null {
    switch (`${method} ${path}`) {
      case 'DELETE /api/account/session':
        this.#sessions.delete(session ?? '');
        return { status: 204 };
      case 'GET /api/account': {
        const plan = { name: 'Standard', active: true, serversPerPeriod: this.serversPerPeriod, issued: row.issued };
        return { status: 200, body: { email: row.email, plan, createdOn: '2026-11-02' } };
      }
      case 'DELETE /api/account':
        this.#rows.delete(row.email);
        return { status: 204 };
      case 'GET /api/account/vault':
        return { status: 200, body: row.vault };
      case 'PUT /api/account/vault':
        if (body.version !== row.vault.version + 1) throw new LetheError('stale_counter', 'The vault is newer.');
        row.vault = { version: row.vault.version + 1, ciphertext: String(body.ciphertext) };
        return { status: 200, body: { version: row.vault.version } };
      case 'POST /api/account/vouchers':
        if (row.issued >= this.serversPerPeriod)
          throw new LetheError('no_entitlement', 'No more servers in this period.');
        row.issued += 1;
        return { status: 201, body: { voucher: newToken() } };
      default:
        return null;
    }
  }
}
