/**
 * What an image is made of, as a CycloneDX 1.5 bill of materials: every Debian package a file comes from, the pinned Node, and the npm
 * packages in our programs. Nothing in it is a time or random, so two builds have the same one.
 */

import type { LockedPackage } from './lock.ts';

/** An npm package, by what the lock file of the repository says. */
export interface NpmPackage {
  name: string;
  version: string;
  /** Of the archive, lower-case hexadecimal; null if the lock file does not say. */
  sha512: string | null;
}

export interface Ingredients {
  /** Digest of the image. */
  digest: string;
  /** For example `debian-12`. */
  release: string;
  debian: readonly LockedPackage[];
  /** `sha256` is of the program, before what no loader maps is taken off. */
  node: { version: string; sha256: string };
  npm: readonly NpmPackage[];
}

interface Component {
  type: 'application' | 'library' | 'operating-system';
  'bom-ref': string;
  name: string;
  version: string;
  purl?: string;
  hashes?: { alg: 'SHA-256' | 'SHA-512'; content: string }[];
}

/** The document as text, with a newline at its end. */
export function billOfMaterials({ digest, release, debian, node, npm }: Ingredients): string {
  const components = [
    ...debian.map((one) => debianComponent(one, release)),
    nodeComponent(node),
    ...npm.map(npmComponent),
  ].toSorted((a, b) => (a['bom-ref'] < b['bom-ref'] ? -1 : 1));
  const image: Component = {
    type: 'operating-system',
    'bom-ref': 'image',
    name: 'lethe-server-image',
    version: digest,
  };
  const document = {
    $schema: 'http://cyclonedx.org/schema/bom-1.5.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.5',
    serialNumber: `urn:uuid:${digest.slice(0, 32).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')}`,
    version: 1,
    metadata: { component: { ...image, hashes: [{ alg: 'SHA-256', content: digest }] } },
    components,
    dependencies: [{ ref: 'image', dependsOn: components.map((component) => component['bom-ref']) }],
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

function debianComponent({ name, version, sha256 }: LockedPackage, release: string): Component {
  const vendor = release.split('-')[0]!;
  const purl = `pkg:deb/${vendor}/${encodeURIComponent(name)}@${encodeURIComponent(version)}?distro=${encodeURIComponent(release)}`;
  return component('library', name, version, purl, [{ alg: 'SHA-256', content: sha256 }]);
}

function nodeComponent({ version, sha256 }: Ingredients['node']): Component {
  const purl = `pkg:generic/node@${encodeURIComponent(version)}`;
  return component('application', 'node', version, purl, [{ alg: 'SHA-256', content: sha256 }]);
}

function npmComponent({ name, version, sha512 }: NpmPackage): Component {
  const purl = `pkg:npm/${name.split('/').map(encodeURIComponent).join('/')}@${encodeURIComponent(version)}`;
  return component('library', name, version, purl, sha512 === null ? [] : [{ alg: 'SHA-512', content: sha512 }]);
}

const component = (
  type: Component['type'],
  name: string,
  version: string,
  purl: string,
  hashes: NonNullable<Component['hashes']>,
): Component => ({ type, 'bom-ref': purl, name, version, purl, ...(hashes.length > 0 ? { hashes } : {}) });
