/** The `lethe` command. */

import { useCompileCache } from './compile-cache.ts';

useCompileCache();
const [{ buildProgram }, { runProgram }] = await Promise.all([import('./program.ts'), import('./run.ts')]);

// A reader that went away (`lethe server list | head -1`) is not an error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

const argv = process.argv.slice(2);
const code = await runProgram(await buildProgram(argv), argv);
// A verb that ended by itself may have set a code of its own.
if (code !== 0) process.exitCode = code;
