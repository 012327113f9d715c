/** The zones of the test internet, and their signatures: made anew for each run, so no private key is ever kept. */

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from './command.ts';
import { BLACK_HOLE, PLACES, ROOT_SERVERS, SITE } from './plan.ts';

export interface ServedZone {
  name: string;
  file: string;
}

export interface Zones {
  root: ServedZone[];
  tld: ServedZone[];
  auth: ServedZone[];
  /** Trust anchors for a resolver: the root's DS record, one line. */
  rootAnchors: string[];
}

/** Writes and signs all zones in a directory, leaves first, since a parent holds the digest of its child's key. */
export async function makeZones(directory: string): Promise<Zones> {
  const town = await signZone(directory, SITE.zone, townZone());
  const forgedKey = await makeKey(directory, 'forged.example');
  const forgedDs = await digest(directory, forgedKey); // the zone itself is served without the signatures this promises
  const plain = await writeZone(directory, 'plain.example', leafZone('plain.example'));
  const forged = await writeZone(directory, 'forged.example', leafZone('forged.example'));
  const tld = await signZone(directory, SITE.tld, tldZone([town.ds, forgedDs]));
  const root = await signZone(directory, '.', rootZone(tld.ds));
  return {
    root: [root.zone],
    tld: [tld.zone],
    auth: [town.zone, plain, forged],
    rootAnchors: [root.ds.replace(/^\. \d+ IN/, '. IN')],
  };
}

const soa = (name: string, server: string): string =>
  `${dot(name)} 3600 IN SOA ${server} hostmaster.${dot(SITE.tld)} 1 3600 900 604800 300\n`;
const dot = (name: string): string => (name.endsWith('.') ? name : `${name}.`);
const both = (name: string, place: { ipv4: string; ipv6: string }, ttl = 300): string =>
  `${dot(name)} ${ttl} IN A ${place.ipv4}\n${dot(name)} ${ttl} IN AAAA ${place.ipv6}\n`;

function rootZone(tldDs: string): string {
  const servers = ROOT_SERVERS.map(({ letter, ...addresses }) => ({ name: `${letter}.root-servers.net.`, addresses }));
  return [
    soa('.', servers[0]!.name),
    ...servers.map(({ name, addresses }) => `. 518400 IN NS ${name}\n${both(name, addresses, 518400)}`),
    `${SITE.tld}. 172800 IN NS ns.nic.${SITE.tld}.\n`,
    both(`ns.nic.${SITE.tld}`, PLACES.tld, 172800),
    `${tldDs}\n`,
  ].join('');
}

function tldZone(ds: string[]): string {
  const delegate = (zone: string, place: { ipv4: string; ipv6: string }): string =>
    `${zone}. 3600 IN NS ns.${zone}.\n${both(`ns.${zone}`, place, 3600)}`;
  return [
    soa(SITE.tld, `ns.nic.${SITE.tld}.`),
    `${SITE.tld}. 3600 IN NS ns.nic.${SITE.tld}.\n`,
    both(`ns.nic.${SITE.tld}`, PLACES.tld, 3600),
    delegate(SITE.zone, PLACES.auth),
    delegate('plain.example', PLACES.auth),
    delegate('forged.example', PLACES.auth),
    delegate('lame.example', PLACES.auth),
    delegate('silent.example', BLACK_HOLE),
    ...ds.map((line) => `${line}\n`),
  ].join('');
}

const zoneTop = (zone: string): string =>
  `${soa(zone, `ns.${zone}.`)}${zone}. 3600 IN NS ns.${zone}.\n${both(`ns.${zone}`, PLACES.auth, 3600)}`;

const leafZone = (zone: string): string => zoneTop(zone) + both(`www.${zone}`, PLACES.web);

function townZone(): string {
  const { web } = PLACES;
  const filler = Array.from({ length: 10 }, (_, index) => `"${String(index).repeat(250)}"`).join(' ');
  return [
    zoneTop(SITE.zone),
    both(SITE.web, web),
    `${SITE.webIpv4}. 300 IN A ${web.ipv4}\n`,
    `${SITE.webIpv6}. 300 IN AAAA ${web.ipv6}\n`,
    `${SITE.alias}. 300 IN CNAME ${SITE.web}.\n`,
    both(`*.${SITE.wildcard}`, web),
    both(SITE.longLived, web, 604800),
    both(SITE.shortLived, web, 1),
    `${SITE.large}. 300 IN TXT ${filler}\n`,
    both(SITE.collector, PLACES.collector),
  ].join('');
}

async function writeZone(directory: string, name: string, text: string): Promise<ServedZone> {
  const file = join(directory, `${name === '.' ? 'root' : name}.zone`);
  await writeFile(file, text);
  return { name, file };
}

/** Signs with one key for all purposes, valid from yesterday (guests' clocks drift) for a month. */
async function signZone(directory: string, name: string, text: string): Promise<{ zone: ServedZone; ds: string }> {
  const unsigned = await writeZone(directory, name, text);
  const key = await makeKey(directory, name);
  const signed = `${unsigned.file}.signed`;
  const day = (offset: number): string =>
    new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10).replaceAll('-', '');
  await run('ldns-signzone', ['-o', name, '-i', day(-1), '-e', day(30), '-f', signed, unsigned.file, key], {
    cwd: directory,
  });
  return { zone: { name, file: signed }, ds: await digest(directory, key) };
}

/** Makes a key pair in the directory and returns the path its files begin with. */
async function makeKey(directory: string, name: string): Promise<string> {
  const made = await run('ldns-keygen', ['-a', 'ECDSAP256SHA256', '-k', name], { cwd: directory });
  return join(directory, made.stdout.trim());
}

async function digest(directory: string, key: string): Promise<string> {
  await run('ldns-key2ds', ['-2', `${key}.key`], { cwd: directory });
  return (await readFile(`${key}.ds`, 'utf8')).replaceAll(/\s+/g, ' ').trim();
}
