/**
 * What the owner chooses for a server: the filter, and how soon it forgets. Signed by the owner with a counter that only rises, and
 * sealed to the server's WireGuard key (HPKE, RFC 9180), padded to one size: the control plane carries it and learns nothing from it,
 * not even how many rules there are. The host's supervisor keeps the sealed form, so that a rebirth needs nobody.
 *
 * The same X25519 key serves WireGuard's handshake and this seal. HPKE binds its own labels and `SETTINGS_INFO` into every key it
 * derives, so that neither can be used in the place of the other.
 */

import { concat, fromBase64, fromBase64Url } from './bytes.ts';
import { canonicalBytes, type Json, parseCanonical } from './canonical.ts';
import { isServerId } from './devices.ts';
import { preAuthEncoding } from './dsse.ts';
import { sign, verify } from './ed25519.ts';
import { LetheError } from './errors.ts';
import { checkFilterChoices, DEFAULT_CHOICES, type FilterChoices } from './filter.ts';
import type { OwnerKeys } from './owner.ts';
import { openSealed, sealTo } from './seal.ts';
import type { Secret } from './secret.ts';

export const SETTINGS_INFO = 'lethe settings v1';
export const SETTINGS_TYPE = 'application/vnd.lethe.settings.v1';
/** Bytes of padded plaintext: a signature and about two hundred rules. In base64 it fits a notification of PostgreSQL (8000 bytes). */
export const SETTINGS_BYTES = 5120;
const SIGNATURE_BYTES = 64;
const PADDING = 0x20;

/** Seconds of silence after which a device counts as gone, and a server without any as left. WireGuard ends a session after 180 s. */
export const FORGET_AFTER_S = { least: 30, most: 180 } as const;

export interface ServerSettings {
  server: string;
  /** Rises by at least one with each change; 1 at first. */
  counter: number;
  filter: FilterChoices;
  forgetAfterS: number;
}

/** What a server does before its owner has chosen anything. */
export const DEFAULT_SETTINGS: Omit<ServerSettings, 'server'> = {
  counter: 0,
  filter: DEFAULT_CHOICES,
  forgetAfterS: FORGET_AFTER_S.most,
};

/** Throws `bad_request` for anything that is not a well-formed settings document. */
export function checkServerSettings(value: Json): ServerSettings {
  const settings = value as unknown as ServerSettings;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return bad('they are not an object');
  if (Object.keys(value).toSorted().join() !== 'counter,filter,forgetAfterS,server')
    return bad('they have other fields than the format');
  if (!isServerId(settings.server)) return bad('their server id is malformed');
  if (!Number.isSafeInteger(settings.counter) || settings.counter < 1)
    return bad('their counter is not a positive integer');
  const { forgetAfterS } = settings;
  if (!Number.isInteger(forgetAfterS) || forgetAfterS < FORGET_AFTER_S.least || forgetAfterS > FORGET_AFTER_S.most)
    return bad(`a server forgets after ${FORGET_AFTER_S.least} to ${FORGET_AFTER_S.most} seconds of silence`);
  return { ...settings, filter: checkFilterChoices(settings.filter as unknown as Json) };
}

function bad(why: string): never {
  throw new LetheError('bad_request', `The settings are refused: ${why}. Nothing was changed.`);
}

/**
 * Signs settings with the owner's key and seals them to a server's WireGuard public key (base64). Returns base64 of a constant length.
 * Throws what `checkServerSettings` throws, and `too_large` if the rules do not fit.
 */
export async function sealSettings(settings: ServerSettings, owner: OwnerKeys, wireguardKey: string): Promise<string> {
  const text = canonicalBytes(checkServerSettings(settings as unknown as Json) as unknown as Json);
  if (SIGNATURE_BYTES + text.length > SETTINGS_BYTES)
    throw new LetheError(
      'too_large',
      'These rules are too many: a server holds about two hundred names. Nothing was changed.',
    );
  const padded = new Uint8Array(SETTINGS_BYTES).fill(PADDING);
  padded.set(concat(await sign(owner.sign, preAuthEncoding(SETTINGS_TYPE, text)), text));
  return sealTo(fromBase64(wireguardKey), SETTINGS_INFO, settings.server, padded);
}

/**
 * Opens sealed settings on the server. Throws `bad_signature` unless the owner (base64url Ed25519) signed them for this server, and
 * what `checkServerSettings` throws.
 */
export async function openSettings(
  sealed: string,
  server: string,
  ownerKey: string,
  key: Secret<'wireguard'>,
): Promise<ServerSettings> {
  const plaintext = await openSealed(key, SETTINGS_INFO, server, sealed);
  const signature = plaintext.slice(0, SIGNATURE_BYTES);
  const end = plaintext.findLastIndex((byte) => byte !== PADDING) + 1;
  const text = plaintext.slice(SIGNATURE_BYTES, end);
  const signed = await verify(fromBase64Url(ownerKey), preAuthEncoding(SETTINGS_TYPE, text), signature);
  if (!signed) throw new LetheError('bad_signature', 'The settings were not signed by the owner of this server.');
  const settings = checkServerSettings(parseCanonical(text));
  if (settings.server !== server)
    throw new LetheError('bad_signature', 'The settings were signed for another server. Nothing was changed.');
  return settings;
}
