/**
 * Mail as a job: queued in the transaction that needs it, sent once that has been committed, tried again when the mail server is
 * away. The queued row holds the mail sealed under a key of this plane, so that neither the address nor the code is readable in it,
 * and it is deleted when the mail is sent or given up.
 */

import { createHmac, randomBytes } from 'node:crypto';
import type { Clock, Secret } from '@lethe/core';
import type { Kysely, Transaction } from 'kysely';
import { createTransport } from 'nodemailer';
import type { JobQueue } from '../db/jobs.ts';
import { openMail, type SealedMail, sealMail } from './sealed-mail.ts';
import type { AccountsTables } from './tables.ts';

export interface Mail {
  to: string;
  subject: string;
  text: string;
}

/** Hands a mail over. Rejects if it could not; the error is not kept. */
export type SendMail = (mail: Mail) => Promise<void>;

export interface Mailer {
  /** False if an address has had its share of mails for now: nobody can fill somebody else's mailbox through this service. */
  mayMail(email: string): boolean;
  /** Queues a mail in a transaction of the accounts plane. */
  enqueue(tx: Transaction<AccountsTables> | Kysely<AccountsTables>, mail: Mail): Promise<void>;
}

const MAIL_QUEUE = 'mail';
const MAILS_PER_WINDOW = 5;
const WINDOW_MS = 10 * 60_000;

/** The queue's mailer and its worker. `secret` seals queued mails; `jobs` is the job queue of the accounts plane. */
export async function startMailer(
  jobs: JobQueue,
  send: SendMail,
  secret: Secret<'token'>,
  clock: Clock,
): Promise<Mailer> {
  await jobs.queue(MAIL_QUEUE, {
    retryLimit: 6,
    retryDelay: 1,
    retryBackoff: true,
    expireInSeconds: 120,
    retentionSeconds: 3600,
  });
  await jobs.work<SealedMail>(MAIL_QUEUE, async (data) => {
    const mail = openMail(data, secret);
    if (mail) await send(mail);
  });
  const mayMail = mailLimit(clock);
  return {
    mayMail,
    enqueue: (tx, mail) => jobs.send(MAIL_QUEUE, sealMail(mail, secret), tx),
  };
}

/** Counts mails per address in memory, under a hash with a key that this process forgets. */
export function mailLimit(clock: Clock): (email: string) => boolean {
  const key = randomBytes(32);
  let window = 0;
  let counts = new Map<string, number>();
  return (email) => {
    const current = Math.floor(clock.now() / WINDOW_MS);
    if (current !== window) {
      window = current;
      counts = new Map();
    }
    const id = createHmac('sha256', key).update(email).digest('base64');
    const count = (counts.get(id) ?? 0) + 1;
    counts.set(id, count);
    return count <= MAILS_PER_WINDOW;
  };
}

/** Sends through a mail server (`smtp://` or `smtps://` URL, credentials inside). Nothing is logged. */
export function smtpSender(smtpUrl: string, from: string): SendMail {
  const transport = createTransport({ url: smtpUrl, logger: false, debug: false, connectionTimeout: 20_000 });
  return async (mail) => {
    await transport.sendMail({ from, to: mail.to, subject: mail.subject, text: mail.text });
  };
}
