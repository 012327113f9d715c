/** Names that mark what belongs to this instance in the kernel. */

import { LetheError } from '@lethe/core';

/** Throws `bad_request` unless the text is six hexadecimal digits. */
export function checkInstance(instance: string): void {
  if (!/^[0-9a-f]{6}$/.test(instance)) {
    throw new LetheError('bad_request', 'The instance is not six hexadecimal digits. Nothing was started.');
  }
}

/** What the names of host-side interfaces of all instances begin with. */
export const ANY_INSTANCE = 'lt';

/** What the name of every host-side interface of the instance begins with. */
export const interfacePrefix = (instance: string): string => `${ANY_INSTANCE}${instance}-`;

/** Host-side interface of a link: at most 14 of the 15 characters the kernel allows. */
export const interfaceName = (instance: string, link: number): string => `${interfacePrefix(instance)}${link}`;

/** Number of the link an interface belongs to, or null if it is not one of this instance. */
export function linkOfInterface(instance: string, name: string): number | null {
  const prefix = interfacePrefix(instance);
  const digits = name.startsWith(prefix) ? name.slice(prefix.length) : '';
  return /^(0|[1-9]\d{0,4})$/.test(digits) && Number(digits) <= 16383 ? Number(digits) : null;
}

export const tableName = (instance: string): string => `lethe_${instance}`;
