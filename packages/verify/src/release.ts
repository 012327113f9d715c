/** A release: everything that may run on servers, as one document that people can read before they sign it. */

import type { Json } from '@lethe/core';
import { type OpenEnvelope, parseEnvelope } from './envelope.ts';
import { LAST_TIME, Shape } from './shape.ts';
import { PREDICATE, parseStatement } from './statement.ts';

/** A file that a server applies, whole. */
export interface ReleaseFile {
  path: string;
  text: string;
}

export interface ReleaseDocument {
  /** Name of the log it stands in; a release of another service is refused. */
  origin: string;
  /** 1 at first; rises by one. */
  version: number;
  /** Digest of the release before; null for the first. */
  previous: string | null;
  /** Version of the trust root whose persons sign it. */
  trustRoot: number;
  /** Regions it is for, or `*`. Never the id of a server: the log would tell that there is a customer. */
  scope: string[];
  /** SHA-256 of the server image. */
  image: string;
  files: ReleaseFile[];
  sysctls: { name: string; value: string }[];
  /** Programs that may run, by path. */
  processes: string[];
  /** What may leave a server besides its customers' traffic, as `udp 53 *`. */
  egress: string[];
  /** Version of the list of claims and bounds it was made under. */
  policyVersion: number;
  /** Seconds since 1970. */
  notBefore: number;
  /** Seconds since 1970 after which servers stop accepting it. */
  expires: number;
  /** Person of the trust root who proposed it. */
  author: string;
  reason: string;
}

/** The part of a release that says what runs. */
export type ReleaseContent = Pick<
  ReleaseDocument,
  'image' | 'files' | 'sysctls' | 'processes' | 'egress' | 'policyVersion'
>;

/** True if both say that exactly the same runs. */
export function sameContent(one: ReleaseContent, other: ReleaseContent): boolean {
  const pick = ({ image, files, sysctls, processes, egress, policyVersion }: ReleaseContent): string =>
    JSON.stringify([
      image,
      files.map(({ path, text }) => [path, text]),
      sysctls.map(({ name, value }) => [name, value]),
      processes,
      egress,
      policyVersion,
    ]);
  return pick(one) === pick(other);
}

/** A release that was read. `digest` is of its payload. */
export interface Release extends ReleaseDocument {
  digest: string;
}

/** Name in the subject of a release: the image that runs. */
export const RELEASE_SUBJECT = 'server-image';

const FIELDS = [
  'origin',
  'version',
  'previous',
  'trustRoot',
  'scope',
  'image',
  'files',
  'sysctls',
  'processes',
  'egress',
  'policyVersion',
  'notBefore',
  'expires',
  'author',
  'reason',
] as const;

const PATH = /^\/[A-Za-z0-9._/@+-]+$/;

/** Reads a release from an envelope. Throws `bad_release`. Verifies no signature. */
export function readRelease(envelope: OpenEnvelope): Release {
  const shape = new Shape('bad_release', 'The release');
  const { subject, predicate } = parseStatement(envelope.payload, PREDICATE.release, shape);
  const release = checkRelease(predicate, shape);
  if (subject.name !== RELEASE_SUBJECT || subject.digest !== release.image)
    shape.refuse('its subject is not the image that it names');
  return { ...release, digest: envelope.digest };
}

/** Parses an envelope and reads the release in it. */
export function openRelease(bytes: Uint8Array): { envelope: OpenEnvelope; release: Release } {
  const envelope = parseEnvelope(bytes);
  return { envelope, release: readRelease(envelope) };
}

/** Throws `bad_release` unless the value is a release. */
export function checkRelease(value: Json, shape = new Shape('bad_release', 'The release')): ReleaseDocument {
  const release = shape.object(value, 'it', FIELDS);
  const document: ReleaseDocument = {
    origin: shape.text(release.origin, 'origin', 255, /^[^\s+]+$/u),
    version: shape.integer(release.version, 'version', 1),
    previous: shape.digestOrNull(release.previous, 'previous'),
    trustRoot: shape.integer(release.trustRoot, 'trustRoot', 1),
    scope: shape
      .list(release.scope, 'scope', 1024, 1)
      .map((item) => shape.text(item, 'scope', 31, /^(\*|[0-9a-z][0-9a-z-]*)$/)),
    image: shape.digest(release.image, 'image'),
    files: shape.list(release.files, 'files', 256).map((item) => {
      const file = shape.object(item, 'a file', ['path', 'text']);
      return { path: shape.text(file.path, 'a path', 255, PATH), text: shape.text(file.text, 'a file', 60_000) };
    }),
    sysctls: shape.list(release.sysctls, 'sysctls', 512).map((item) => {
      const sysctl = shape.object(item, 'a sysctl', ['name', 'value']);
      return {
        name: shape.text(sysctl.name, 'a sysctl', 128, /^[a-z0-9_.*/-]+$/),
        value: shape.text(sysctl.value, 'a sysctl', 128),
      };
    }),
    processes: shape.list(release.processes, 'processes', 128).map((item) => shape.text(item, 'a process', 255, PATH)),
    egress: shape.list(release.egress, 'egress', 128).map((item) => shape.text(item, 'egress', 128, /^[ -~]+$/)),
    policyVersion: shape.integer(release.policyVersion, 'policyVersion', 1),
    notBefore: shape.integer(release.notBefore, 'notBefore', 0, LAST_TIME),
    expires: shape.integer(release.expires, 'expires', 1, LAST_TIME),
    author: shape.text(release.author, 'author', 64),
    reason: shape.text(release.reason, 'reason', 2000),
  };
  if ((document.version === 1) !== (document.previous === null)) shape.refuse('only the first one has none before it');
  if (document.expires <= document.notBefore) shape.refuse('it expires before it begins');
  shape.distinct(
    document.files.map(({ path }) => path),
    'files',
  );
  shape.distinct(
    document.sysctls.map(({ name }) => name),
    'sysctls',
  );
  return document;
}
