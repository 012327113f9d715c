/**
 * A witness as a process that kills itself at a step: `node dying-witness.ts DIR VKEY NTH STEP WHEN`. Prints its address when ready.
 * Its standard input is a pipe to the test; it ends with it.
 */

import { parseVkey } from '@lethe/tlog';
import { startWitness } from '../../src/start.ts';
import { type Fault, faulty } from './faulty-storage.ts';
import { NAME } from './witnesses.ts';

const [dataDir, vkey, nth, step, when] = process.argv.slice(2);
const fault = { nth: Number(nth), step, when } as Fault;
process.stdin.resume().once('end', () => process.exit());
const witness = await startWitness({
  dataDir: dataDir!,
  name: NAME,
  logs: [parseVkey(vkey!)],
  listen: { host: '127.0.0.1', port: 0 },
  storage: (disk) => faulty(disk, fault, () => process.kill(process.pid, 'SIGKILL')),
});
process.stdout.write(`${JSON.stringify({ url: witness.url, vkey: witness.vkey })}\n`);
