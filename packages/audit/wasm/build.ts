/** Compiles `hunt.as` to `hunt.wasm`: `node packages/audit/wasm/build.ts`. The test beside the scanner compares the two. */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The module's bytes, made from its source. Throws `Error` with the compiler's words. */
export async function compileHunt(): Promise<Uint8Array> {
  const { main } = await import('assemblyscript/asc');
  const made = new Map<string, Uint8Array>();
  const baseDir = fileURLToPath(new URL('.', import.meta.url));
  const flags = ['--optimizeLevel', '3', '--shrinkLevel', '0', '--runtime', 'stub', '--noAssert'];
  const features = ['--enable', 'simd', '--enable', 'relaxed-simd'];
  const { error, stderr } = await main(
    ['hunt.ts', '--baseDir', baseDir, '--outFile', 'o.wasm', ...flags, ...features],
    {
      // Its own ending keeps the source away from tools that take it for TypeScript.
      readFile: (name: string) => (name === 'hunt.ts' ? readFileSync(join(baseDir, 'hunt.as'), 'utf8') : null),
      writeFile: (name: string, contents: string | Uint8Array) => {
        if (typeof contents !== 'string') made.set(name, contents);
      },
    },
  );
  const module = made.get('o.wasm');
  if (error || !module) throw new Error(`The search module was not compiled. ${stderr.toString()}`);
  return module;
}

if (import.meta.main) writeFileSync(new URL('hunt.wasm', import.meta.url), await compileHunt());
