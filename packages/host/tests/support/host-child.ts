/** The host process with the fake engine, for tests that end it as `kill -9` does. */

import { main } from '../../src/main.ts';
import { FakeEngine } from './fake-engine.ts';

await main(async (config) => {
  const engine = new FakeEngine(config.runDir);
  engine.ownKernel = process.env['OWN_KERNEL'] === '1';
  return [engine];
});
