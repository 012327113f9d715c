/** Which logs are trusted, and which witnesses must have seen a checkpoint (C2SP tlog-policy, draft as of 5ba5ee8). */

import { fromUtf8, LetheError, toBase64 } from '@lethe/core';
import { type NoteKey, parseVkey, SIGNATURE_TYPE } from './note.ts';

export interface PolicyWitness {
  name: string;
  key: NoteKey;
  url?: string;
}

/** How many members of a group must hold; members are names of witnesses and of groups defined before. */
export interface PolicyGroup {
  name: string;
  threshold: number;
  members: string[];
}

export interface Policy {
  logs: { key: NoteKey; url?: string }[];
  witnesses: PolicyWitness[];
  groups: PolicyGroup[];
  /** The group or witness that must hold, or `none`. */
  quorum: string;
}

/** Longest policy, bytes, and most logs, witnesses and groups of one. */
const MAX_BYTES = 262_144;
const MAX_ITEMS = 256;

/** Parses a policy. Throws `bad_policy` with the number of the line, `too_large`. */
export function parsePolicy(bytes: Uint8Array): Policy {
  if (bytes.length > MAX_BYTES) throw new LetheError('too_large', 'The policy is longer than 262,144 bytes.');
  const reader = new PolicyReader();
  const lines = asText(bytes).split('\n');
  // Cut off in the middle of its last line, a policy could be another valid one.
  if (lines.pop() !== '')
    throw new LetheError('bad_policy', 'The last line of the policy does not end: it may be cut off.');
  for (const [i, line] of lines.entries()) reader.line(i + 1, line);
  return reader.done();
}

/** True if the named witnesses together satisfy the quorum. */
export function hasQuorum(policy: Policy, seen: ReadonlySet<string>): boolean {
  if (policy.quorum === 'none') return true;
  const holds = new Map<string, boolean>(policy.witnesses.map(({ name }) => [name, seen.has(name)]));
  for (const group of policy.groups) {
    const count = group.members.filter((member) => holds.get(member)).length;
    holds.set(group.name, count >= group.threshold);
  }
  return holds.get(policy.quorum) === true;
}

/**
 * How many of n witnesses make two quorums share an honest one while fewer than a third lie: 1 + floor(2n/3). With fewer, a log and a
 * single lying witness can show two histories.
 */
export const safeQuorum = (n: number): number => (n === 0 ? 0 : 1 + Math.floor((2 * n) / 3));

/** Collects lines; each refers only to what stands before it. */
class PolicyReader {
  readonly #logs: Policy['logs'] = [];
  readonly #witnesses: PolicyWitness[] = [];
  readonly #groups: PolicyGroup[] = [];
  readonly #names = new Set<string>();
  readonly #used = new Set<string>();
  readonly #keys = new Set<string>();
  #quorum: string | undefined;

  line(number: number, text: string): void {
    const fail = (what: string): never => {
      throw new LetheError('bad_policy', `Line ${number} of the policy: ${what}`);
    };
    if (hasControl(text)) fail('it has a control character.');
    const [verb, ...rest] = text.split(/[ \t]+/).filter((word) => word !== '');
    if (verb === undefined || verb.startsWith('#')) return;
    const items = this.#logs.length + this.#witnesses.length + this.#groups.length;
    if (items >= MAX_ITEMS && verb !== 'quorum') fail('too many lines.');
    if (verb === 'log') this.#log(rest, fail);
    else if (verb === 'witness') this.#witness(rest, fail);
    else if (verb === 'group') this.#group(rest, fail);
    else if (verb === 'quorum') this.#setQuorum(rest, fail);
    else fail('it begins with none of log, witness, group, quorum.');
  }

  done(): Policy {
    if (this.#quorum === undefined) throw new LetheError('bad_policy', 'The policy has no quorum line.');
    return { logs: this.#logs, witnesses: this.#witnesses, groups: this.#groups, quorum: this.#quorum };
  }

  #log([vkey, url, ...more]: string[], fail: Fail): void {
    if (vkey === undefined || more.length > 0) fail('expected log VKEY [URL].');
    const key = this.#key(vkey!, [SIGNATURE_TYPE.ed25519], fail);
    this.#logs.push({ key, ...(url === undefined ? {} : { url: checkUrl(url, fail) }) });
  }

  #witness([name, vkey, url, ...more]: string[], fail: Fail): void {
    if (name === undefined || vkey === undefined || more.length > 0) fail('expected witness NAME VKEY [URL].');
    this.#define(name!, fail);
    const key = this.#key(vkey!, [SIGNATURE_TYPE.cosignatureV1, SIGNATURE_TYPE.cosignatureMlDsa44], fail);
    this.#witnesses.push({ name: name!, key, ...(url === undefined ? {} : { url: checkUrl(url, fail) }) });
  }

  #group([name, count, ...members]: string[], fail: Fail): void {
    if (name === undefined || count === undefined || members.length === 0)
      fail('expected group NAME all|any|K MEMBER…');
    for (const member of members) {
      if (!this.#names.has(member)) fail('a member is not defined before.');
      if (this.#used.has(member)) fail('a member is in a group already.');
      this.#used.add(member);
    }
    this.#define(name!, fail);
    const threshold = count === 'all' ? members.length : count === 'any' ? 1 : parseCount(count!);
    if (threshold < 1 || threshold > members.length) fail('the threshold is not between 1 and the number of members.');
    this.#groups.push({ name: name!, threshold, members });
  }

  #setQuorum([name, ...more]: string[], fail: Fail): void {
    if (name === undefined || more.length > 0) fail('expected quorum NAME or quorum none.');
    if (this.#quorum !== undefined) fail('there is a quorum already.');
    if (name !== 'none' && !this.#names.has(name!)) fail('the quorum is not defined before.');
    this.#quorum = name;
  }

  #define(name: string, fail: Fail): void {
    if (name === 'none' || this.#names.has(name)) fail('the name is taken.');
    this.#names.add(name);
  }

  #key(vkey: string, types: number[], fail: Fail): NoteKey {
    let key: NoteKey;
    try {
      key = parseVkey(vkey);
    } catch (error) {
      return fail((error as Error).message);
    }
    if (!types.includes(key.type)) fail('the key has another type than its line needs.');
    const bytes = toBase64(key.publicKey);
    if (this.#keys.has(bytes)) fail('the key stands in the policy twice.');
    this.#keys.add(bytes);
    return key;
  }
}

type Fail = (what: string) => never;

const hasControl = (text: string): boolean => !/^[\t\u0020-\u007e\u0080-\u{10ffff}]*$/u.test(text);

const parseCount = (text: string): number => (/^[1-9]\d{0,3}$/.test(text) ? Number(text) : 0);

function checkUrl(url: string, fail: Fail): string {
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) fail('the address is not http or https.');
  return url;
}

function asText(bytes: Uint8Array): string {
  try {
    return fromUtf8(bytes);
  } catch {
    throw new LetheError('bad_policy', 'The policy is not UTF-8 text.');
  }
}
