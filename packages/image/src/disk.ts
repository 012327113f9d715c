/**
 * The tree as a read-only block device: an erofs image, and the dm-verity hash tree whose root hash vouches for every block of it.
 * Not compressed: under emulation a boot costs the same with lz4hc, and the file stays easy to look into.
 */

import { chmod, stat } from 'node:fs/promises';
import { type RunOptions, run } from './run.ts';

const BLOCK_BYTES = 4096;

export interface VerityDisk {
  verityRoot: string;
  veritySalt: string;
  verityBlocks: number;
}

/** Makes `image` from a directory and `verity` beside it. The image's digest serves as salt and id, so that nothing in them is random. */
export async function makeDisk(
  root: string,
  image: string,
  verity: string,
  digest: string,
  options: RunOptions,
): Promise<VerityDisk> {
  const uuid = digest.slice(0, 32).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  await run('mkfs.erofs', ['--quiet', '-T0', `-U${uuid}`, '-x-1', '--all-root', image, root], options);
  const answer = await run(
    'veritysetup',
    [
      'format',
      '--hash=sha256',
      `--data-block-size=${BLOCK_BYTES}`,
      `--hash-block-size=${BLOCK_BYTES}`,
      `--salt=${digest}`,
      `--uuid=${uuid}`,
      image,
      verity,
    ],
    options,
  );
  await chmod(verity, 0o644);
  const verityRoot = /^Root hash:\s+([0-9a-f]{64})$/m.exec(answer)![1]!;
  return { verityRoot, veritySalt: digest, verityBlocks: (await stat(image)).size / BLOCK_BYTES };
}
