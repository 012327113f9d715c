/** What the verbs of `lethe change` do. */

import { resolve } from 'node:path';
import { LetheError } from '@lethe/core';
import {
  addSignature,
  parseEnvelope,
  readTrustRoot,
  rejectionEnvelope,
  releaseEnvelope,
  trustRootEnvelope,
} from '@lethe/verify';
import { type Context, openContext, type TrustFlags } from '../change/context.ts';
import { changeOrFile, waitingChange } from '../change/find.ts';
import { contentOf, readContent, readNextRoot } from '../change/json-file.ts';
import { listChanges } from '../change/list.ts';
import { loggedRelease } from '../change/logged-release.ts';
import { makeKeyFile } from '../change/make-key-file.ts';
import { reviewData, reviewText } from '../change/render.ts';
import { review } from '../change/review.ts';
import { personOf, type SignFlags, signChange } from '../change/sign-change.ts';
import { openSigner, type Signer, type SignerFlags } from '../change/signer.ts';
import type { Io } from '../io.ts';
import { facts, good, note } from '../output.ts';
import { confirmed } from '../prompt.ts';
import type { Result } from '../run.ts';

type SigningFlags = SignerFlags & SignFlags & TrustFlags;

const DAY_S = 86_400;
const MAX_DAYS = 365;

export async function key(io: Io, flags: { out: string; name: string; passphraseFile?: string }): Promise<Result> {
  const file = resolve(flags.out);
  const publicKey = await makeKeyFile(io, file, flags.name, flags.passphraseFile);
  return {
    data: { name: flags.name, publicKey, file },
    text: [
      good('Key made. The file is readable by you alone, and of no use without the passphrase. Nobody has a copy.'),
      facts([['Public key', publicKey]]),
      note('Give the public key to the others, by a way on which you know each other.'),
    ].join('\n'),
  };
}

export async function list(io: Io, flags: TrustFlags): Promise<Result> {
  return listChanges(await openContext(io, flags));
}

export async function show(io: Io, reference: string, flags: TrustFlags): Promise<Result> {
  const { client, trust } = await openContext(io, flags);
  const shown = await review(await changeOrFile(client, reference), client, trust);
  return { data: reviewData(shown), text: reviewText(shown) };
}

export async function approve(io: Io, id: string, flags: SigningFlags): Promise<Result> {
  const signer = await openSigner(io, flags);
  const context = await openContext(io, flags);
  // Fetched once: what is shown and what is signed are the same bytes, whatever the service would answer next.
  const bytes = await waitingChange(context.client, id);
  return signChange(context, await review(bytes, context.client, context.trust), signer, flags);
}

interface ProposeFlags extends SigningFlags {
  reason: string;
  release?: string;
  days: string;
  scope?: string[];
}

export async function propose(io: Io, flags: ProposeFlags): Promise<Result> {
  const days = Number(flags.days);
  if (!Number.isInteger(days) || days < 1 || days > MAX_DAYS)
    throw new LetheError('bad_request', `--days takes a number from 1 to ${MAX_DAYS}. Nothing was signed.`);
  const chosen = flags.release === undefined ? undefined : readContent(flags.release);
  const signer = await openSigner(io, flags);
  const context = await openContext(io, flags);
  const { client, trust, now } = context;
  const before = trust.release === 0 ? undefined : (await loggedRelease(client, trust, trust.release)).release;
  const content = chosen ?? (before && contentOf(before));
  if (!content)
    throw new LetheError('bad_request', 'There is no release yet to renew: add --release FILE. Nothing was signed.');
  const bytes = releaseEnvelope({
    ...content,
    origin: trust.root.origin,
    version: trust.release + 1,
    previous: before?.digest ?? null,
    trustRoot: trust.root.version,
    scope: flags.scope ?? before?.scope ?? ['*'],
    notBefore: now,
    expires: now + days * DAY_S,
    author: authorOf(context, signer),
    reason: flags.reason,
  });
  return signChange(context, await review(bytes, client, trust), signer, flags);
}

function authorOf({ trust }: Context, { publicKey }: Signer): string {
  const author = personOf({ root: trust.root, role: 'release' }, publicKey);
  if (author !== undefined) return author;
  throw new LetheError(
    'too_few_approvals',
    'This key is not one of the persons who may sign releases. Nothing was signed. Use another key, or have it added: lethe change persons',
  );
}

export async function persons(io: Io, flags: SigningFlags & { root: string }): Promise<Result> {
  const signer = await openSigner(io, flags);
  const context = await openContext(io, flags);
  const { client, trust, now } = context;
  const bytes = trustRootEnvelope(readNextRoot(flags.root, trust.root, now));
  // Refuses keys and a policy that no verifier would take.
  await readTrustRoot(parseEnvelope(bytes));
  if (personOf({ root: trust.root, role: 'root' }, signer.publicKey) === undefined)
    throw new LetheError(
      'too_few_approvals',
      'The next trust root is proposed by one of the persons before it, and this key is none of theirs. Nothing was signed. On the machine of a service in one-person mode: --machine-key DATA',
    );
  return signChange(context, await review(bytes, client, trust), signer, flags);
}

export async function reject(io: Io, id: string, flags: SigningFlags & { reason: string }): Promise<Result> {
  const signer = await openSigner(io, flags);
  const { client, trust } = await openContext(io, flags);
  const shown = await review(await waitingChange(client, id), client, trust);
  const { kind } = shown.document;
  if (personOf({ root: trust.root, role: kind }, signer.publicKey) === undefined)
    throw new LetheError(
      'too_few_approvals',
      'This key is not one of the persons who could have signed this change. Nothing was signed.',
    );
  if (!io.json) process.stderr.write(`${reviewText(shown)}\n\n`);
  await confirmed(io, flags.yes, `Reject ${kind === 'root' ? 'trust root' : 'release'} ${shown.version}?`);
  const envelope = rejectionEnvelope({ change: shown.digest, reason: flags.reason });
  await client.reject(shown.digest, await addSignature(envelope, await signer.unlock()));
  return {
    data: { rejected: shown.digest, reason: flags.reason },
    text: good('Rejected. The rejection and its reason are in the log.'),
  };
}
