/** `lethe log fsck`: rebuilds a log from its public files. */

import { resolve } from 'node:path';
import { type FsckResult, fsck } from '@lethe/control/proof/log/fsck';
import { openReader } from '@lethe/control/proof/log/read';
import type { Io } from '../io.ts';
import { readPolicyFile } from '../proof/policy-file.ts';
import { plain, type Result } from '../run.ts';

/** Rebuilds the tree from the entries and compares everything. Throws `log_broken`, `not_found`, `unreachable` and the codes of a checkpoint. */
export async function checkLog(io: Io, where: string, options: { policy?: string }): Promise<Result> {
  const fromCaller = (path: string): string => resolve(process.env['LETHE_CALLED_FROM'] ?? process.cwd(), path);
  const policy = options.policy === undefined ? undefined : await readPolicyFile(fromCaller(options.policy));
  io.progress.step('Rebuilding the log from its entries');
  let last = 0;
  const result = await fsck(openReader(/^https?:\/\//.test(where) ? where : fromCaller(where)), {
    ...(policy && { policy }),
    onProgress: (done, size) => {
      const percent = Math.floor((done / size) * 100);
      if (percent < last + 10) return;
      io.progress.step(`Rebuilding the log from its entries: ${percent} % of ${size}`);
      last = percent;
    },
  });
  return { data: { ok: true, ...result }, text: textOf(result) };
}

function textOf({ origin, size, tiles, signed }: FsckResult): string {
  const what = `${plain(origin)}: ${size} entries and ${tiles} files fit the checkpoint.`;
  return signed
    ? `${what} Its signatures are those of the policy.`
    : `${what}\nIts signatures were not checked: name the log and witnesses you trust with --policy FILE.`;
}
