import assert from 'node:assert/strict';
import { test } from 'node:test';
import { packageDirectories } from './npm.ts';
import { billOfMaterials, type Ingredients } from './sbom.ts';

const ingredients: Ingredients = {
  digest: 'ab'.repeat(32),
  release: 'debian-12',
  debian: [
    { name: 'libstdc++6', version: '12.2.0-14+deb12u1', sha256: 'c'.repeat(64), size: 1 },
    { name: 'conntrack', version: '1:1.4.7-1+b2', sha256: 'd'.repeat(64), size: 1 },
  ],
  node: { version: '26.10.0', sha256: 'e'.repeat(64) },
  npm: [{ name: '@noble/curves', version: '2.4.0', sha512: 'f'.repeat(128) }],
};

test('names are written as package URLs want them', () => {
  const { components } = JSON.parse(billOfMaterials(ingredients)) as { components: { purl: string }[] };
  assert.deepEqual(
    components.map(({ purl }) => purl),
    [
      'pkg:deb/debian/conntrack@1%3A1.4.7-1%2Bb2?distro=debian-12',
      'pkg:deb/debian/libstdc%2B%2B6@12.2.0-14%2Bdeb12u1?distro=debian-12',
      'pkg:generic/node@26.10.0',
      'pkg:npm/%40noble/curves@2.4.0',
    ],
  );
});

test('the order of packages changes nothing', () => {
  const turned = { ...ingredients, debian: ingredients.debian.toReversed() };
  assert.equal(billOfMaterials(turned), billOfMaterials(ingredients));
});

test('the package of a module, also one inside another, and none for our own', () => {
  const modules = [
    '/x/node_modules/@noble/curves/ed25519.js',
    '/x/node_modules/a/node_modules/b/index.js',
    '/x/node_modules/a/lib/index.js',
    '/x/packages/core/src/index.ts',
    '\0rolldown/runtime.js',
  ];
  assert.deepEqual(packageDirectories(modules, '/x'), [
    'node_modules/@noble/curves',
    'node_modules/a',
    'node_modules/a/node_modules/b',
  ]);
});
