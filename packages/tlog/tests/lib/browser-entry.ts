/** What the test in the browser calls. */

export { verify } from '@lethe/core';
export { verifyEntry } from '../../src/entry.ts';
export { parsePolicy } from '../../src/policy.ts';
export { readyPolicy } from '../../src/witnessed.ts';
