/** The one way to a signature: show what will be signed, ask, sign exactly that, hand it in. */

import { LetheError } from '@lethe/core';
import { addSignature } from '@lethe/verify';
import { good } from '../output.ts';
import { confirmed } from '../prompt.ts';
import type { Result } from '../run.ts';
import type { Context } from './context.ts';
import { reviewData, reviewText } from './render.ts';
import { type Group, type Review, review } from './review.ts';
import type { Signer } from './signer.ts';

export interface SignFlags {
  yes?: boolean;
}

/**
 * Shows a reviewed change, asks, signs its bytes and hands them in. Throws `broken_chain`, `expired`, `too_few_approvals`,
 * `same_person` before anything is asked, `bad_request` if the answer is no, and the codes of the service.
 */
export async function signChange(context: Context, shown: Review, signer: Signer, { yes }: SignFlags): Promise<Result> {
  const { io, client, trust } = context;
  checkNext(shown, context);
  checkPerson(shown.groups, signer.publicKey);
  if (!io.json) process.stderr.write(`${reviewText(shown)}\n\n`);
  await confirmed(io, yes, `Sign ${shown.document.kind === 'root' ? 'trust root' : 'release'} ${shown.version}?`);
  const signed = await addSignature(shown.bytes, await signer.unlock());
  const after = await review(signed, client, trust);
  // What was shown, and nothing else, is what the signature is over.
  if (after.digest !== shown.digest) throw new LetheError('internal', 'Another document was signed.');
  io.progress.step('Handing it in');
  const index = await client.submit(signed);
  io.progress.end();
  return { data: { ...reviewData(after), index }, text: outcome(after, index) };
}

function outcome(after: Review, index: number | null): string {
  const name = `${after.document.kind === 'root' ? 'Trust root' : 'Release'} ${after.version}`;
  if (index !== null) return good(`${name} is signed, and in the log as entry ${index}. See: lethe change list`);
  const id = after.digest.slice(0, 16);
  return `${good(`${name} is signed and waits for more signatures.`)}\nThe others: lethe change show ${id}, lethe change approve ${id} --key FILE`;
}

/** Nobody signs what can never be logged. */
function checkNext({ document, version, expires }: Review, { trust, now }: Context): void {
  const next = document.kind === 'root' ? trust.root.version + 1 : trust.release + 1;
  if (version !== next)
    throw new LetheError(
      'broken_chain',
      'The change does not follow the newest of its kind. Nothing was signed. It must be proposed anew.',
    );
  if (document.kind === 'release' && document.release.trustRoot !== trust.root.version)
    throw new LetheError(
      'broken_chain',
      'The change is made under another trust root than the newest. Nothing was signed. It must be proposed anew.',
    );
  if (expires <= now)
    throw new LetheError('expired', 'The change has expired. Nothing was signed. It must be proposed anew.');
  if (document.kind === 'release' && trust.root.expires <= now)
    throw new LetheError(
      'expired',
      'The trust root has expired, so no release counts. Nothing was signed. Its persons must sign a new one first: lethe change persons',
    );
}

/** A key must be a person's who may sign, and whose signature is not there yet: a second key of a person adds nothing. */
function checkPerson(groups: Group[], publicKey: string): void {
  const own = groups.flatMap((group) => {
    const id = personOf(group, publicKey);
    return id === undefined ? [] : [{ id, signed: group.signed }];
  });
  if (own.length === 0)
    throw new LetheError(
      'too_few_approvals',
      'This key is not one of the persons who may sign this change. Nothing was signed. Use another key, or have it added: lethe change persons',
    );
  if (own.every(({ id, signed }) => signed.includes(id)))
    throw new LetheError('same_person', `${own[0]!.id} has signed this already and counts once. Nothing was signed.`);
}

/** The person of a group whose key it is. */
export const personOf = ({ root, role }: Pick<Group, 'root' | 'role'>, publicKey: string): string | undefined =>
  root.persons.find(({ keys, roles }) => roles.includes(role) && keys.includes(publicKey))?.id;
