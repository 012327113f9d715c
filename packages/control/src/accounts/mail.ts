/**
 * Mail as a job: queued in the transaction that needs it, sent once that has been committed, tried again when the mail server is
 * away. The queued row holds the mail sealed under a key of this plane, so that neither the address nor the code is readable in it,
 * and it is deleted when the mail is sent or given up.
 */

import type { Secret } from '@lethe/core';
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
  /** Queues a mail in a transaction of the accounts plane. */
  enqueue(tx: Transaction<AccountsTables> | Kysely<AccountsTables>, mail: Mail): Promise<void>;
}

const MAIL_QUEUE = 'mail';

/** The queue's mailer and its worker. `secret` seals queued mails; `jobs` is the job queue of the accounts plane. */
export async function startMailer(jobs: JobQueue, send: SendMail, secret: Secret<'token'>): Promise<Mailer> {
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
  return {
    enqueue: (tx, mail) => jobs.send(MAIL_QUEUE, sealMail(mail, secret), tx),
  };
}

/**
 * Sends through a mail server (`smtp://` or `smtps://` URL, credentials inside). A server on another machine is spoken to over TLS or
 * not at all: a code readable on the way would sign in whoever reads it. Nothing is logged.
 */
export function smtpSender(smtpUrl: string, from: string): SendMail {
  const { hostname } = new URL(smtpUrl);
  const onThisMachine = hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
  const transport = createTransport({
    url: smtpUrl,
    requireTLS: !onThisMachine,
    logger: false,
    debug: false,
    connectionTimeout: 20_000,
  });
  return async (mail) => {
    await transport.sendMail({ from, to: mail.to, subject: mail.subject, text: mail.text });
  };
}
