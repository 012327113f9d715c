/** The vault: ciphertext that only the customer can open, replaced as a whole. The version keeps two devices from overwriting each other. */

import { LetheError } from '@lethe/core';
import type { AccountsContext } from './context.ts';
import { notSignedIn } from './sessions.ts';

/** Longest ciphertext in base64 characters, well under the limit of a request body. */
export const VAULT_CIPHERTEXT_LENGTH = 49_152;

export async function readVault(ctx: AccountsContext, accountId: string) {
  const row = await ctx.db
    .selectFrom('accounts')
    .select(['vault_version', 'vault'])
    .where('id', '=', accountId)
    .executeTakeFirstOrThrow(notSignedIn);
  return { version: row.vault_version, ciphertext: row.vault };
}

/** Stores the next version. Throws `stale_counter` if another one was stored in between. */
export async function writeVault(ctx: AccountsContext, accountId: string, version: number, ciphertext: string) {
  const { numUpdatedRows } = await ctx.db
    .updateTable('accounts')
    .set({ vault: ciphertext, vault_version: version })
    .where('id', '=', accountId)
    .where('vault_version', '=', version - 1)
    .executeTakeFirst();
  if (numUpdatedRows === 0n) {
    throw new LetheError(
      'stale_counter',
      'The vault was changed by another device. Read it again, then repeat the change.',
    );
  }
  return { version };
}
