/** The recovery key: the owner seed as text a person can write down, with a checksum. Crockford's base32, groups of four. */

import { concat, equalBytes, LetheError, Secret } from '@lethe/core';

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const SEED_BYTES = 32;
/** 24 bits: one typing error in 16 million goes unseen. Together with the seed exactly 56 characters. */
const CHECK_BYTES = 3;

async function checksum(seed: Uint8Array): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', new Uint8Array(seed))).subarray(0, CHECK_BYTES);
}

/** 14 groups of four characters. */
export async function recoveryText(seed: Secret<'owner-seed'>): Promise<string> {
  let bits = '';
  for (const byte of concat(seed.reveal(), await checksum(seed.reveal()))) bits += byte.toString(2).padStart(8, '0');
  const letters = bits.match(/.{5}/g)!.map((five) => ALPHABET[Number.parseInt(five, 2)]);
  return letters.join('').match(/.{4}/g)!.join('-');
}

/** Reads a recovery key; case, spaces and hyphens do not matter, I and L mean 1, O means 0. Throws `bad_encoding`. */
export async function parseRecoveryText(text: string): Promise<Secret<'owner-seed'>> {
  const letters = text.toUpperCase().replace(/[\s-]/g, '').replace(/[IL]/g, '1').replaceAll('O', '0');
  const digits = Array.from(letters, (letter) => ALPHABET.indexOf(letter));
  if (letters.length !== 56 || digits.includes(-1)) {
    throw new LetheError(
      'bad_encoding',
      'This is not a recovery key: it has 56 letters and digits in groups of four. Nothing was changed.',
    );
  }
  const bits = digits.map((digit) => digit.toString(2).padStart(5, '0')).join('');
  const bytes = Uint8Array.from(bits.match(/.{8}/g)!, (eight) => Number.parseInt(eight, 2));
  const seed = bytes.subarray(0, SEED_BYTES);
  if (!equalBytes(bytes.subarray(SEED_BYTES), await checksum(seed))) {
    throw new LetheError('bad_encoding', 'The recovery key has a typing error. Nothing was changed.');
  }
  return new Secret('owner-seed', seed);
}
