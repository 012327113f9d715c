/** What every verb about changes works with. */

import type { Io } from '../io.ts';
import { type ProofClient, proofClient } from './service.ts';
import { openTrust, type Trust } from './trust.ts';

export interface Context {
  io: Io;
  client: ProofClient;
  trust: Trust;
  /** Seconds since 1970. */
  now: number;
}

export interface TrustFlags {
  policy?: string;
}

/** Opens the log of the service. Says so on stderr if its policy was believed for the first time. */
export async function openContext(io: Io, { policy }: TrustFlags): Promise<Context> {
  const client = proofClient(io.service);
  io.progress.step('Verifying the trust roots');
  const trust = await openTrust(client, io.store, policy);
  io.progress.end();
  if (trust.firstUse) process.stderr.write(FIRST_USE);
  return { io, client, trust, now: Math.floor(Date.now() / 1000) };
}

const FIRST_USE = `First use: this profile held no policy of this log, so the service's own was taken on trust and is kept from now on.
Compare it with another person's before you sign: lethe change list --policy FILE
`;
