/** Shared by the suites: a signed-in customer against a double, and an assertion on error codes. */

import assert from 'node:assert/strict';
import { type ErrorCode, LetheError } from '@lethe/core';
import { type Customer, MemoryStore, openCustomer } from '../src/index.ts';
import { CODE, ServiceDouble } from './service-double.ts';

export async function signedIn(
  double: ServiceDouble,
  store = new MemoryStore(),
): Promise<{ customer: Customer; store: MemoryStore }> {
  const customer = openCustomer({ service: double.url, store });
  await customer.signIn('a@example.net', CODE);
  return { customer, store };
}

export const throwsCode = (work: Promise<unknown>, code: ErrorCode): Promise<void> =>
  assert.rejects(work, (error: unknown) => {
    assert.ok(error instanceof LetheError, String(error));
    assert.equal(error.code, code, error.message);
    return true;
  });

export { CODE, ServiceDouble };
