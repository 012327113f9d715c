/** The `lethe` command line: the command tree, and one module of actions for each group of verbs. */

export { buildProgram } from './program.ts';
export { EXIT, runProgram } from './run.ts';
