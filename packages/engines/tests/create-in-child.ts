/**
 * Creates one machine in a program of its own, so that a test can end that program at any point, or run it in another
 * network namespace.
 */

import { openContainerEngine } from '../src/container/index.ts';

const [options, spec] = JSON.parse(process.argv[2] ?? '[]');
const engine = await openContainerEngine(options);
await engine.create(spec);
await engine.close();
