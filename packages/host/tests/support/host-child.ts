/** The host process with the fake engine, for tests that end it as `kill -9` does. */

import { main } from '../../src/main.ts';
import { FakeEngine } from './fake-engine.ts';

await main(async (config) => [new FakeEngine(config.runDir)]);
