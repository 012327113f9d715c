/**
 * The public keys of a server: kept in the vault at first sight, and held against what the service says ever after.
 *
 * Threat: the service names the keys of a server to its customer. It could name its own at first sight; from then on a change is
 * refused, so that devices keep talking to the same server, and only that server can say what it runs.
 */

import { checkSigningKey, fromBase64Url, LetheError, parseWireguardPublicKey } from '@lethe/core';
import type { Context } from './context.ts';
import type { ServerView } from './schema.ts';
import type { Vault, VaultServer } from './vault.ts';
import { entryOf, updateVault } from './vault-sync.ts';

/** True if the service names other keys than those of the first sight. Keys it does not know (yet, or any more) are no other keys. */
export function keysDiffer({ keys }: Pick<VaultServer, 'keys'>, view: ServerView): boolean {
  if (!keys) return false;
  return (
    (view.nodeKey !== null && view.nodeKey !== keys.node) ||
    (view.wireguardKey !== null && view.wireguardKey !== keys.wireguard)
  );
}

/** Throws `server_key_changed` if the service names other keys than those of the first sight. */
export function checkKeys(entry: VaultServer, view: ServerView): void {
  if (keysDiffer(entry, view)) throw keyChanged();
}

const keyChanged = () =>
  new LetheError(
    'server_key_changed',
    'The service names other keys for this server than when it was made. Its host may have lost the file with the keys, or somebody is in between. Nothing was changed. Delete the server and make a new one.',
  );

/**
 * The vault's entry with the server's keys, which are written there when they are seen for the first time; without them if the
 * server has none yet. Throws `server_key_changed`, and `bad_public_key` for keys that are none.
 */
export async function pinKeys(ctx: Context, entry: VaultServer, view: ServerView): Promise<VaultServer> {
  checkKeys(entry, view);
  const { nodeKey: node, wireguardKey: wireguard } = view;
  if (entry.keys || node === null || wireguard === null) return entry;
  checkSigningKey(fromBase64Url(node));
  parseWireguardPublicKey(wireguard);
  const vault: Vault = await updateVault(ctx, (newest) => {
    const own = entryOf(newest, entry.id);
    // Another device of the owner may have been first.
    checkKeys(own, view);
    own.keys = { node, wireguard };
  });
  return entryOf(vault, entry.id);
}
