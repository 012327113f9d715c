/** What the verbs of `lethe account` do. */

import type { ClosedServer, SignedIn } from '@lethe/api';
import { LetheError } from '@lethe/core';
import type { Io } from '../io.ts';
import { facts, good } from '../output.ts';
import { askText, confirmed, lineFromStdin } from '../prompt.ts';
import type { Result } from '../run.ts';

interface SignInOptions {
  email?: string;
  code?: string;
}

export const signUp = (io: Io, options: SignInOptions): Promise<Result> => signWithCode(io, options);
export const signIn = (io: Io, options: SignInOptions): Promise<Result> => signWithCode(io, options);

/** One-time codes make no difference between a new and a known account, so neither does this. */
async function signWithCode(io: Io, options: SignInOptions): Promise<Result> {
  const email =
    options.email ?? (io.interactive ? await askText('Your e-mail address', { placeholder: 'you@example.net' }) : '');
  if (email === '')
    throw new LetheError('bad_request', 'The e-mail address is missing: add --email. Nothing was changed.');
  const code = options.code ?? (await newCode(io, email));
  const ownerKey = await enter(io, email, code, io.interactive && options.code === undefined ? TRIES : 1);
  if (ownerKey === 'recovery_needed' && io.interactive) return importNow(io, email);
  return { data: { email, ownerKey }, text: signedInText(ownerKey) };
}

/** Attempts at typing a code on a terminal; the service allows five for one code. */
const TRIES = 3;

async function enter(io: Io, email: string, code: string, tries: number): Promise<SignedIn['ownerKey']> {
  io.progress.step('Signing in');
  try {
    const { ownerKey } = await io.customer.signIn(email, code);
    io.progress.end();
    return ownerKey;
  } catch (error) {
    if (!(error instanceof LetheError) || error.code !== 'wrong_code' || tries <= 1) throw error;
    io.progress.fail();
    return enter(io, email, await askText('That was not it. The code in the newest mail'), tries - 1);
  }
}

async function newCode(io: Io, email: string): Promise<string> {
  io.progress.step('Asking for a code');
  await io.customer.requestCode(email);
  io.progress.end();
  if (io.interactive) return askText('The code in the mail');
  const code = await lineFromStdin();
  if (code === '')
    throw new LetheError(
      'not_signed_in',
      'The code was sent. Run the same command again with --code and the code in the mail.',
    );
  return code;
}

async function importNow(io: Io, email: string): Promise<Result> {
  const text = await askText('This account has an owner key on another device. Its recovery key (empty: later)', {
    secret: true,
  });
  if (text.trim() === '')
    return { data: { email, ownerKey: 'recovery_needed' }, text: signedInText('recovery_needed') };
  await io.customer.importRecoveryKey(text);
  return { data: { email, ownerKey: 'ready' }, text: signedInText('ready') };
}

const signedInText = (ownerKey: SignedIn['ownerKey']): string =>
  ({
    ready: good('Signed in.'),
    new: `${good('Signed in. This device made your owner key.')}\nWrite its recovery key down, the service cannot replace it: lethe account recovery-key`,
    recovery_needed: `${good('Signed in, without the owner key.')}\nServers and devices can be managed once you import it: lethe account recovery-key --import`,
  })[ownerKey];

export async function show(io: Io): Promise<Result> {
  const account = await io.customer.account();
  const { plan } = account;
  const text = facts([
    ['E-mail', account.email],
    ['Since', account.createdOn],
    ['Plan', `${plan.name}${plan.active ? '' : ' (not active)'}`],
    ['Vouchers', `${plan.issued} of ${plan.serversPerPeriod} used in this period`],
  ]);
  return { data: account, text };
}

export async function recoveryKey(io: Io, options: { import?: boolean }): Promise<Result> {
  if (!options.import) {
    const key = await io.customer.recoveryKey();
    return { data: { recoveryKey: key }, text: key };
  }
  const text = io.interactive ? await askText('Recovery key', { secret: true }) : await lineFromStdin();
  await io.customer.importRecoveryKey(text);
  return { data: { ownerKey: 'ready' }, text: good('The owner key is on this device.') };
}

export async function signOut(io: Io): Promise<Result> {
  await io.customer.signOut();
  return { data: { signedIn: false }, text: good('Signed out. The owner key stays in the profile.') };
}

export async function close(io: Io, options: { yes?: boolean }): Promise<Result> {
  await io.customer.account();
  await confirmed(io, options.yes, 'Delete all servers and the account? This cannot be undone.');
  io.progress.step('Deleting servers, then the account');
  const servers = await io.customer.closeAccount();
  io.progress.end();
  return {
    data: { closed: true, servers },
    text: [good('The account is closed.'), ...servers.map(closedText)].join('\n'),
  };
}

function closedText({ id, name, outcome, leaseUntil }: ClosedServer): string {
  const label = `Server ${name ?? id.slice(0, 8)}`;
  if (outcome === 'deleted') return `${label}: deleted.`;
  if (outcome === 'deleting') return `${label}: deletion ordered, its host has not confirmed yet.`;
  return `${label}: could not be reached; it ends with its lease${leaseUntil ? ` on ${leaseUntil}` : ''}. The owner key stays here: lethe server delete ${id.slice(0, 8)}`;
}
