/** Workflows of the account: signing in with a one-time code, the recovery key, closing. */

import { LetheError, newOwnerSeed } from '@lethe/core';
import { answer } from './client.ts';
import type { Context } from './context.ts';
import { parseRecoveryText, recoveryText } from './recovery.ts';
import type { Account } from './schema.ts';
import { emptyVault, openVault, sealVault } from './vault.ts';
import { remember } from './vault-sync.ts';

/** Asks for a one-time code by e-mail. The service answers the same whether or not it knows the address. Throws `bad_email`. */
export async function requestCode(ctx: Context, email: string): Promise<void> {
  await answer(() => ctx.client.accounts.POST('/api/account/codes', { body: { email: checkEmail(email) } }));
}

function checkEmail(text: string): string {
  const email = text.trim();
  if (email.length > 254 || !/^[^\s@<>"(),:;\\[\]]{1,64}@[^\s@<>"(),:;\\[\]]+\.?[^\s@.]+$/.test(email)) {
    throw new LetheError('bad_email', 'This is not an e-mail address. Nothing was sent.');
  }
  return email;
}

/** What holds after signing in: `ready`, or the account's vault waits for the recovery key of the device that made it. */
export interface SignedIn {
  ownerKey: 'ready' | 'new' | 'recovery_needed';
}

/**
 * Signs in, creating the account the first time. Makes an owner key if neither this device nor the account has one, and at once
 * stores an empty vault, so that a second device learns that a key exists. Throws `bad_email`, `wrong_code` or `code_expired`.
 */
export async function signIn(ctx: Context, email: string, code: string): Promise<SignedIn> {
  const body = { email: checkEmail(email), code: code.replace(/[\s-]/g, '') };
  if (!/^\d{4,12}$/.test(body.code))
    throw new LetheError('wrong_code', 'The code in the mail has digits only. Nothing was changed.');
  const { token } = await answer(() => ctx.client.accounts.POST('/api/account/sessions', { body }));
  await ctx.store.saveToken(token);
  return settleOwnerKey(ctx);
}

async function settleOwnerKey(ctx: Context): Promise<SignedIn> {
  const { version, ciphertext } = await answer(() => ctx.client.accounts.GET('/api/account/vault'));
  const seed = await ctx.store.loadSeed();
  if (ciphertext !== null) {
    if (!seed) return { ownerKey: 'recovery_needed' };
    const opens = await openVault(ciphertext, version, (await ctx.keys()).vault).then(
      () => true,
      () => false,
    );
    return { ownerKey: opens ? 'ready' : 'recovery_needed' };
  }
  // The seed is on this device before the vault is on the service: a crash between the two leaves a key without a vault, never the reverse.
  if (!seed) await ctx.store.saveSeed(newOwnerSeed());
  ctx.dropKeys();
  const sealed = await sealVault(emptyVault(), version + 1, (await ctx.keys()).vault);
  try {
    await answer(() =>
      ctx.client.accounts.PUT('/api/account/vault', { body: { version: version + 1, ciphertext: sealed } }),
    );
    // An account that starts anew (its vault is empty) counts versions from the beginning.
    await remember(ctx, version + 1, emptyVault());
    return { ownerKey: seed ? 'ready' : 'new' };
  } catch (error) {
    if (!(error instanceof LetheError) || error.code !== 'stale_counter') throw error;
    if (!seed) await ctx.store.saveSeed(null);
    ctx.dropKeys();
    return settleOwnerKey(ctx);
  }
}

/** Ends the session on the service and forgets it here. The owner key stays. */
export async function signOut(ctx: Context): Promise<void> {
  try {
    await answer(() => ctx.client.accounts.DELETE('/api/account/session'));
  } catch (error) {
    if (!(error instanceof LetheError) || error.code !== 'not_signed_in') throw error;
  }
  await ctx.store.saveToken(null);
}

export const account = (ctx: Context): Promise<Account> => answer(() => ctx.client.accounts.GET('/api/account'));

/** The recovery key as text. Throws `not_signed_in` if this device has no owner key. */
export async function recoveryKey(ctx: Context): Promise<string> {
  const seed = await ctx.store.loadSeed();
  if (!seed) throw new LetheError('not_signed_in', 'This device has no owner key yet. Sign in first.');
  return recoveryText(seed);
}

/**
 * Takes over the owner key from its recovery text. If this device is signed in, the key must open the account's vault, so that a
 * key of another account is refused. Throws `bad_encoding`, `already_exists` if this device has another key, `recovery_key_needed`.
 */
export async function importRecoveryKey(ctx: Context, text: string): Promise<void> {
  const seed = await parseRecoveryText(text);
  const old = await ctx.store.loadSeed();
  if (old?.revealBase64() === seed.revealBase64()) return;
  await ctx.store.saveSeed(seed);
  ctx.dropKeys();
  try {
    const { version, ciphertext } = await answer(() => ctx.client.accounts.GET('/api/account/vault'));
    if (ciphertext !== null)
      await remember(ctx, version, await openVault(ciphertext, version, (await ctx.keys()).vault));
    else if (old)
      throw new LetheError(
        'already_exists',
        'This device has another owner key, and this account has no vault. Nothing was changed.',
      );
  } catch (error) {
    if (!old && error instanceof LetheError && error.code === 'not_signed_in') return;
    await ctx.store.saveSeed(old);
    ctx.dropKeys();
    throw error;
  }
}
