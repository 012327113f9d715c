/** What the control plane is told at its start. Over IPC or as a value: never by arguments or environment, which others can read. */

import { isEpochLength, LetheError } from '@lethe/core';
import type { ReleaseContent } from '@lethe/verify';

export interface ControlConfig {
  dataDir: string;
  /** PostgreSQL of the fleet plane, and of the accounts plane where that has none of its own. */
  databaseUrl: string;
  /** PostgreSQL of the accounts plane. In an instance of its own, no counter of transactions is shared. */
  accountsDatabaseUrl?: string;
  /** 0 takes any free port. */
  port: number;
  /** Address to listen on; `127.0.0.1`, the default, means both loopback addresses. */
  listen?: string;
  /** Directory of the built page, or null for none. */
  webRoot: string | null;
  /** `smtp://` or `smtps://` URL of the mail server; null hands mails to `onMail`. */
  smtpUrl: string | null;
  /** Sender of mails; made from the public address if missing. */
  mailFrom?: string;
  /** Where customers reach the service. */
  publicUrl: string;
  /** Seconds of an epoch of the evidence (`isEpochLength`); an hour if missing. */
  epochS?: number;
  /** The proof plane; without it the service keeps no log. */
  proof?: ProofConfig;
}

export interface ProofConfig {
  /** Where the newest signed state of the log is kept: outside of the data directory. */
  headsDir: string;
  /** What servers run. */
  content: ReleaseContent;
}

/** Checks a configuration that came as a message. Throws `bad_request`. */
export function parseConfig(message: unknown): ControlConfig {
  const config = message as Partial<Record<keyof ControlConfig | 'type', unknown>> | null;
  const bad = (field: string): never => {
    throw new LetheError(
      'bad_request',
      `The configuration of the control plane has no usable ${field}. Nothing was started.`,
    );
  };
  if (typeof config !== 'object' || config === null || config.type !== 'config') return bad('type');
  const text = (field: keyof ControlConfig): string => {
    const value = config[field];
    return typeof value === 'string' && value !== '' ? value : bad(field);
  };
  const textOrNull = (field: keyof ControlConfig): string | null => (config[field] == null ? null : text(field));
  const { port } = config;
  if (typeof port !== 'number' || !Number.isInteger(port) || port < 0 || port > 65535) return bad('port');
  return {
    dataDir: text('dataDir'),
    databaseUrl: text('databaseUrl'),
    ...(config.accountsDatabaseUrl != null && { accountsDatabaseUrl: text('accountsDatabaseUrl') }),
    port,
    ...(config.listen != null && { listen: text('listen') }),
    webRoot: textOrNull('webRoot'),
    smtpUrl: textOrNull('smtpUrl'),
    ...(config.mailFrom != null && { mailFrom: text('mailFrom') }),
    ...(config.epochS != null && {
      epochS: isEpochLength(Number(config.epochS)) ? Number(config.epochS) : bad('epochS'),
    }),
    ...(config.proof != null && { proof: parseProof(config.proof, bad) }),
    publicUrl: URL.canParse(text('publicUrl')) ? text('publicUrl') : bad('publicUrl'),
  };
}

/** The content is checked where a release is made of it. */
function parseProof(value: unknown, bad: (field: string) => never): ProofConfig {
  const { headsDir, content } = value as Partial<ProofConfig>;
  if (typeof headsDir !== 'string' || headsDir === '' || typeof content !== 'object') return bad('proof');
  return { headsDir, content };
}
