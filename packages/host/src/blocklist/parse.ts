/**
 * Reads one line of a published block list, whatever its format: hosts files, plain domain lists, Adblock syntax (rules for whole domains
 * only) and response policy zones. Pure. What is not understood is counted, never guessed.
 */

import { domainToASCII } from 'node:url';
import { filterName } from '@lethe/core';

export type Line =
  /** These names are to be blocked, with everything below them. */
  | { kind: 'block'; names: string[] }
  /** This name is not to be blocked, although another line may say so. */
  | { kind: 'allow'; name: string }
  /** A comment, a header, or a rule that a filter of names has no use for. */
  | { kind: 'skipped' }
  | { kind: 'broken' };

const SKIPPED: Line = { kind: 'skipped' };
const BROKEN: Line = { kind: 'broken' };

const HOSTS = /^(?:0\.0\.0\.0|127\.0\.0\.1|::1?|0:0:0:0:0:0:0:[01])\s+(.+)$/;
const ADBLOCK = /^(@@)?\|\|([^^/$*|]+)\^?(?:\$(.*))?$/;
/** Owner, optional TTL and class, CNAME to the root (no such domain) or to `*.` (no data): the two forms that block. */
const POLICY_ZONE = /^(?:\*\.)?(\S+?)\.?\s+(?:\d+\s+)?(?:IN\s+)?CNAME\s+(?:\.|\*\.)$/i;
const ZONE_OVERHEAD = /^(?:\$|@\s|\S+\s+(?:\d+\s+)?(?:IN\s+)?(?:SOA|NS)\s)/i;
/** Adblock options under which a rule still means the whole domain. `third-party` is none: the site itself is to work. */
const HARMLESS_OPTIONS = /^(?:important|all|document|popup)(?:,(?:important|all|document|popup))*$/;
/** What policy zones let through or answer otherwise. */
const OTHER_POLICY = /\sCNAME\s+(?:rpz-(?:passthru|drop|tcp-only)\.?|\S+\.)$/i;
/** What hosts files name beside what they block. */
const OWN_NAMES = new Set([
  'localhost',
  'localhost.localdomain',
  'local',
  'broadcasthost',
  'ip6-localhost',
  'ip6-loopback',
  'ip6-localnet',
  'ip6-mcastprefix',
  'ip6-allnodes',
  'ip6-allrouters',
  'ip6-allhosts',
  '0.0.0.0',
]);

/** What a line says. */
export function parseLine(raw: string): Line {
  const line = raw.replace(/^\uFEFF/, '').trim();
  if (line === '' || /^[#!;]/.test(line) || /^\[.*\]$/.test(line)) return SKIPPED;
  if (/#[@?$%]?#/.test(line)) return SKIPPED; // what a page may show, not where it comes from
  const adblock = ADBLOCK.exec(line);
  if (adblock) return adblockRule(adblock[1] !== undefined, adblock[2]!, adblock[3]);
  if (/^(?:@@|\|)|[/$^]/.test(line) && !line.startsWith('$')) return SKIPPED; // rules for paths and parts of addresses
  const policy = POLICY_ZONE.exec(line);
  if (policy) return block([policy[1]!]);
  if (ZONE_OVERHEAD.test(line) || OTHER_POLICY.test(line)) return SKIPPED;
  const text = line.replace(/\s[#;].*$/, '').trim();
  const hosts = HOSTS.exec(text);
  if (hosts) {
    const names = hosts[1]!.split(/\s+/).filter((name) => !OWN_NAMES.has(name.toLowerCase()));
    return names.length === 0 ? SKIPPED : block(names);
  }
  if (OWN_NAMES.has(text.toLowerCase())) return SKIPPED;
  return /\s/.test(text) ? BROKEN : block([text.replace(/^(?:\*\.|\.)/, '')]);
}

function adblockRule(exception: boolean, text: string, options: string | undefined): Line {
  if (options !== undefined && !HARMLESS_OPTIONS.test(options)) return SKIPPED;
  const name = blockableName(text);
  if (name === null) return BROKEN;
  return exception ? { kind: 'allow', name } : { kind: 'block', names: [name] };
}

function block(texts: readonly string[]): Line {
  const names = texts.map(blockableName);
  return names.every((name) => name !== null) ? { kind: 'block', names } : BROKEN;
}

/** The name as the table has it, or null for what no list should block: an address, a top-level domain, what is no name. */
function blockableName(text: string): string | null {
  const ascii = domainToASCII(text.replace(/\.$/, ''));
  try {
    const name = filterName(ascii || text);
    return name.includes('.') ? name : null;
  } catch {
    return null;
  }
}
