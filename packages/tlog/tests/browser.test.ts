/** The same code in Debian's Chromium, bundled as the page is: same verdict on every hostile signature, and a proof made in Node holds. */

import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { fromHex, toBase64, utf8, verify } from '@lethe/core';
import { build } from 'vite';
import { type Browser, startBrowser, type Tab } from '../../../web/app/tests/lib/browser.ts';
import { formatProof } from '../src/proof.ts';
import { proveInclusion, TileHashes } from '../src/prove.ts';
import { entryText, numbered } from './lib/memory-log.ts';
import { signedCheckpoint, signer, witness } from './lib/signers.ts';
import { vectorBytes, vectorJson } from './lib/vectors.ts';

const VECTORS = 'ed25519/ed25519vectors.json';
type Vectors = { key: string; sig: string; msg: string }[];
/** What the page loads; the types are those of the sources. */
type Bundle = typeof import('./lib/browser-entry.ts');

let server: Server;
let browser: Browser;
let tab: Tab;

before(async () => {
  const files = new Map<string, { type: string; body: string | Uint8Array }>();
  files.set('/', { type: 'text/html', body: '<!doctype html><title>tlog</title><link rel="icon" href="data:,">' });
  files.set('/vectors.json', { type: 'application/json', body: vectorBytes(VECTORS) });
  for (const { fileName, code } of await bundle()) files.set(`/${fileName}`, { type: 'text/javascript', body: code });
  server = createServer((request, response) => {
    const file = files.get(request.url!);
    if (file) response.writeHead(200, { 'content-type': file.type }).end(file.body);
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  browser = await startBrowser();
  tab = await browser.open(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});

after(async () => {
  await browser.close();
  server.close();
  assert.deepEqual(tab.complaints, []);
});

/** Core and tlog as scripts for the browsers the page is built for; `tlog.js` is the one to load. */
async function bundle(): Promise<{ fileName: string; code: string }[]> {
  const built = await build({
    configFile: false,
    logLevel: 'error',
    build: {
      write: false,
      target: ['chrome137', 'firefox130', 'safari17'],
      minify: false,
      lib: {
        entry: fileURLToPath(new URL('lib/browser-entry.ts', import.meta.url)),
        formats: ['es'],
        fileName: () => 'tlog.js',
      },
    },
  });
  assert.ok(Array.isArray(built));
  const chunks = built.flatMap(({ output }) => output).filter((file) => file.type === 'chunk');
  assert.ok(chunks.some(({ fileName }) => fileName === 'tlog.js'));
  return chunks;
}

test('the browser comes to the verdict of Node on each of the 914 hostile signatures', async () => {
  const vectors = vectorJson<Vectors>(VECTORS);
  const inNode: boolean[] = [];
  for (const { key, msg, sig } of vectors) inNode.push(await verify(fromHex(key), utf8(msg), fromHex(sig)));
  const inBrowser = await tab.page.evaluate(async () => {
    const { verify }: Bundle = await import(`${location.origin}/tlog.js`);
    const bytes = (hex: string): Uint8Array<ArrayBuffer> =>
      Uint8Array.from(hex.match(/../g)!, (pair) => Number.parseInt(pair, 16));
    const verdicts: boolean[] = [];
    for (const { key, msg, sig } of (await (await fetch('/vectors.json')).json()) as Vectors)
      verdicts.push(await verify(bytes(key), new TextEncoder().encode(msg), bytes(sig)));
    return verdicts;
  });
  assert.equal(inBrowser.length, 914);
  assert.deepEqual(inBrowser, inNode);
  assert.equal(inBrowser.filter(Boolean).length, 1);
});

test('a proof made in Node is verified in the browser, and a changed one is refused with the same code', async () => {
  const log = await signer('log.example', 1);
  const wit = await witness('w.example', 11);
  const tree = new TileHashes(700, numbered(700).read);
  const checkpoint = await signedCheckpoint(log, 700, await tree.root(), [{ by: wit, at: 1_700_000_000 }]);
  const proof = formatProof({ index: 300, hashes: await proveInclusion(tree, 300), checkpoint });
  const answers = await tab.page.evaluate(
    async ({ policy, entries, proofText }) => {
      const { parsePolicy, readyPolicy, verifyEntry }: Bundle = await import(`${location.origin}/tlog.js`);
      const bytes = (base64: string): Uint8Array => Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
      const ready = await readyPolicy(parsePolicy(bytes(policy)));
      const judge = async (entry: string, proof: Uint8Array): Promise<unknown> => {
        try {
          const { index, checkpoint } = await verifyEntry(new TextEncoder().encode(entry), proof, ready);
          return [index, checkpoint.size, checkpoint.quorumTime];
        } catch (error) {
          return (error as { code?: string }).code;
        }
      };
      const good = bytes(proofText);
      const turned = good.map((byte, i) => (i === good.length - 20 ? byte ^ 1 : byte));
      return [await judge(entries[0]!, good), await judge(entries[1]!, good), await judge(entries[0]!, turned)];
    },
    {
      policy: toBase64(utf8(`log ${log.vkey}\nwitness W ${wit.vkey}\nquorum W\n`)),
      entries: [entryText(300), entryText(301)],
      proofText: toBase64(proof),
    },
  );
  assert.deepEqual(answers.slice(0, 2), [[300, 700, 1_700_000_000], 'not_included']);
  assert.match(String(answers[2]), /^(bad_note|note_bad_signature)$/);
});
