/** A mail as it lies in the job table: AES-256-GCM under a key that is not in the database. */

import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import type { Secret } from '@lethe/core';
import type { Mail } from './mail.ts';

export interface SealedMail {
  sealed: string;
}

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

const keyOf = (secret: Secret<'token'>): Uint8Array =>
  new Uint8Array(hkdfSync('sha256', secret.reveal(), new Uint8Array(0), 'lethe v1 queued mail', 32));

export function sealMail(mail: Mail, secret: Secret<'token'>): SealedMail {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', keyOf(secret), nonce);
  const body = Buffer.concat([cipher.update(JSON.stringify(mail), 'utf8'), cipher.final()]);
  return { sealed: Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64') };
}

/** The mail, or undefined if it was sealed under another secret: then nobody can send it any more. */
export function openMail(data: SealedMail, secret: Secret<'token'>): Mail | undefined {
  try {
    const bytes = Buffer.from(data.sealed, 'base64');
    const decipher = createDecipheriv('aes-256-gcm', keyOf(secret), bytes.subarray(0, NONCE_BYTES));
    decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
    const text = Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]);
    return JSON.parse(text.toString('utf8')) as Mail;
  } catch {
    return undefined;
  }
}
