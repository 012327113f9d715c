/** Creates one virtual machine in a program of its own, so that a test can end that program or change what it sees of the host. Prints the error's code. */

import { openMicrovmEngine } from '../src/microvm/index.ts';

const [options, spec] = JSON.parse(process.argv[2] ?? '[]');
try {
  const engine = await openMicrovmEngine(options);
  await engine.create(spec);
  console.log('created');
} catch (error) {
  console.log((error as { code: string }).code, (error as Error).message);
}
