/** Errors in the page's words. The library's own message is used where it already says it well. */

import { type ErrorCode, LetheError } from '@lethe/core';

const WORDS: Partial<Record<ErrorCode, string>> = {
  unreachable: 'The service cannot be reached right now. Servers that run go on running. Try again in a moment.',
  timeout: 'The service took too long to answer. Nothing is lost; try again in a moment.',
  bad_email: 'This does not look like an e-mail address.',
  wrong_code: 'That code is not right. Look at the newest mail and type its eight digits.',
  code_expired: 'That code is no longer valid. Ask for a new one.',
  not_signed_in: 'You are signed out. Sign in again to go on.',
  signature_expired: 'The clock of this device is wrong by more than two minutes. Set it, then try again.',
  no_entitlement:
    'Your plan allows no more servers in this period. Delete one you do not need, or wait for the next period.',
  no_capacity: 'There is no room for another server here at the moment. Nothing was changed; try again later.',
  too_many_requests: 'That was too often. Wait a minute, then try again.',
  internal:
    'Something went wrong on the side of the service. Nothing was changed that we know of; try again in a moment.',
};

/** A sentence for a person. */
export function errorWords(error: unknown): string {
  if (!(error instanceof LetheError)) return 'Something unexpected happened in this page. Load it again.';
  if (error.code === 'internal' && error.message.includes('browser')) return error.message;
  return WORDS[error.code] ?? error.message;
}

export const hasCode = (error: unknown, ...codes: ErrorCode[]): boolean =>
  error instanceof LetheError && codes.includes(error.code);

/** What became of the wish to forget, if it is not known to have happened. Nothing of it claims that the server kept or lost anything. */
export function forgetErrorWords(error: unknown): string {
  if (hasCode(error, 'unreachable'))
    return 'Your server could not be told, so it is not known to have forgotten anything. Try again in a moment; after its silence it forgets by itself.';
  if (hasCode(error, 'timeout'))
    return 'Your server has not said in time that it forgot. It may still do so: look at this page again in a moment.';
  return errorWords(error);
}
