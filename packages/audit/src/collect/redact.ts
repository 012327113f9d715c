/** Secrets that stand on command lines do not get into the file of facts. */

import type { Answer } from '../target/session.ts';

const OPTION = /^--?[\w-]*(passw|passphrase|secret|token|api[-_]?key|private[-_]?key|psk|credential)[\w-]*/i;

/** The answer to `cmdline` without the values of options that name a secret, and without `-u USER:PASSWORD`. */
export function withoutSecrets(answer: Answer): Answer {
  let before = '';
  const text = answer.text
    .split('\0')
    .map((record) => {
      const [, path, argument] = /^(\/proc\/\d+\/cmdline:)([\s\S]*)$/.exec(record) ?? [];
      if (path === undefined) return record;
      const last = before;
      before = argument!;
      const named = OPTION.exec(argument!)?.[0];
      if (named && argument!.startsWith(`${named}=`)) return `${path}${named}=(not read)`;
      if (OPTION.test(last) && !last.includes('=')) return `${path}(not read)`;
      if ((last === '-u' || last === '--user') && argument!.includes(':')) return `${path}(not read)`;
      return record;
    })
    .join('\0');
  return { ...answer, text };
}
