/** E-mail addresses as the accounts plane accepts and compares them. */

import { LetheError } from '@lethe/core';

/** One local part of RFC 5322 atoms and a host name of at least two labels. No quoting, comments or address literals. */
const ADDRESS = /^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}$/i;

/**
 * The address in the one spelling it is stored and compared in: trimmed, lower case. Throws `bad_email`. Line breaks and other
 * control characters never pass, so that no address can add a header to a mail.
 */
export function normalizeEmail(text: string): string {
  const address = text.trim().toLowerCase();
  const local = address.split('@')[0]!;
  const dots = local.startsWith('.') || local.endsWith('.') || local.includes('..');
  if (address.length > 254 || dots || !ADDRESS.test(address)) {
    throw new LetheError('bad_email', 'This is not an e-mail address. Check it for typing errors.');
  }
  return address;
}
