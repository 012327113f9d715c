/** What may come out of a function that reads hostile input. */

import { type ErrorCode, LetheError } from '@lethe/core';

/** What `read` returns, or undefined if it threw a LetheError with one of the codes. Anything else it throws is passed on. */
export function unlessRefused<T>(codes: readonly ErrorCode[], read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof LetheError && codes.includes(error.code)) return undefined;
    throw error;
  }
}

/** As `unlessRefused`, for what comes later. */
export const unlessRejected = <T>(codes: readonly ErrorCode[], value: Promise<T>): Promise<T | undefined> =>
  value.catch((error: unknown) =>
    unlessRefused(codes, () => {
      throw error;
    }),
  );
