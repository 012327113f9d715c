/**
 * Evidence: what one look at one server in one epoch has shown, claim by claim, in words of a closed list and one size. The server speaks
 * for what it can measure of itself, signed with its node key; its host for what is seen from outside.
 *
 * Nothing here depends on what a customer does (CL-19): a measurement enters as "within its bound" or not, never as present or absent, and
 * never with an age.
 */

import { fromBase64, fromBase64Url, toBase64 } from './bytes.ts';
import { canonicalBytes } from './canonical.ts';
import { CLAIM_IDS, type ClaimId } from './claims.ts';
import type { DriftKind } from './drift.ts';
import { preAuthEncoding } from './dsse.ts';
import { sign, verify } from './ed25519.ts';
import { LetheError } from './errors.ts';
import {
  type InventoryReport,
  type InventoryVerdict,
  judgeInventory,
  SEARCH_CLAIMS,
  SEARCHES,
  type Search,
  type StateEntry,
} from './inventory.ts';
import type { Secret } from './secret.ts';

/** Seconds of an epoch where the operator chose no other length. It begins at a multiple of its length since 1970. */
export const EPOCH_S = 3600;
export const SHORTEST_EPOCH_S = 10;
export const LONGEST_EPOCH_S = 86_400;

/** Confirmed, not confirmed, not tested, and out of the scope of such a look. Later ones in this list give way to earlier ones. */
export const LETTERS = ['n', 't', 'c', '-'] as const;
export type Letter = (typeof LETTERS)[number];

/** One letter for each claim, in the order of their ids. */
export type Letters = string;

export const OUT_OF_SCOPE: Letters = '-'.repeat(CLAIM_IDS.length);
const LETTERS_PATTERN = new RegExp(`^[ntc-]{${CLAIM_IDS.length}}$`);

export const isLetters = (value: unknown): value is Letters => typeof value === 'string' && LETTERS_PATTERN.test(value);

/** The claims that have this letter. */
export const claimsWith = (letters: Letters, letter: Letter): ClaimId[] =>
  CLAIM_IDS.filter((_, place) => letters[place] === letter);

/** Claim by claim the letter that outweighs the other: contrary evidence counts most, and silence never hides anything. */
export const worse = (one: Letters, other: Letters): Letters =>
  [...one].map((letter, place) => LETTERS.find((known) => known === letter || known === other[place])!).join('');

/** Claims that a server can decide by measuring itself; for others it can only have contrary evidence. */
export const INSIDE_DECIDES: readonly ClaimId[] = ['CL-04'];
/** Claims that its host decides from outside. */
export const OUTSIDE_DECIDES: readonly ClaimId[] = ['CL-11', 'CL-13'];
/** What a look that did not happen leaves open. */
export const NOT_LOOKED: Letters = lettersOf(
  new Map([...INSIDE_DECIDES, ...OUTSIDE_DECIDES].map((claim): [ClaimId, Letter] => [claim, 't'])),
);

/** The first second of the epoch of this length in which a moment lies. Milliseconds in, seconds out. */
export const epochOf = (nowMs: number, seconds: number): number => {
  const now = Math.floor(nowMs / 1000);
  return now - (now % seconds);
};

/** True for a length of epochs that there may be: it divides a day, so that every day has the same ones. */
export const isEpochLength = (seconds: number): boolean =>
  Number.isSafeInteger(seconds) &&
  seconds >= SHORTEST_EPOCH_S &&
  seconds <= LONGEST_EPOCH_S &&
  LONGEST_EPOCH_S % seconds === 0;

/**
 * What a server found when it measured itself, held against the inventory: what is there that nobody declared, and whether everything could
 * be measured. How old something is does not enter: that an address is known for too long would tell when a device was there, and is for
 * the owner alone (`lethe inventory`).
 */
export function insideLetters(entries: readonly StateEntry[], report: InventoryReport): Letters {
  const found = new Map<ClaimId, Letter>(INSIDE_DECIDES.map((claim) => [claim, 'c']));
  for (const verdict of judgeInventory(entries, report)) {
    if (!verdict.mandatory) continue;
    const letter = letterOf(verdict);
    for (const claim of claimsOf(entries, verdict))
      if (letter === 'n' || INSIDE_DECIDES.includes(claim)) outweigh(found, claim, letter);
  }
  return lettersOf(found);
}

/** What a host sees of a server from outside. */
export interface OutsideView {
  /** What the watch on the server and the host itself say is not as it should be; null if the watch has not spoken yet. */
  drift: readonly DriftKind[] | null;
  /** True if the machine was made from the approved release, which has not expired; null if nobody could tell. */
  isReleased: boolean | null;
}

/** Kinds of drift that mean that nobody is looking. */
const BLIND: readonly DriftKind[] = ['agent_silent', 'heartbeat_irregular', 'watch_blind'];

/** Null if it cannot be told yet, or not now: then the look has to be taken again. */
export function outsideLetters({ drift, isReleased }: OutsideView): Letters | null {
  if (drift === null || isReleased === null) return null;
  const isWatched = !drift.some((kind) => BLIND.includes(kind));
  const isOther = !isReleased || drift.some((kind) => !BLIND.includes(kind));
  return lettersOf(
    new Map([
      ['CL-11', isWatched ? 'c' : 't'],
      ['CL-13', isOther ? 'n' : isWatched ? 'c' : 't'],
    ]),
  );
}

/**
 * Verdicts on a server by what stands in its slot: each side decides its own claims and no others, and what it leaves out of those is not
 * tested. Half a look is none.
 */
export function slotLetters({ inside, outside }: { inside: Letters | null; outside: Letters | null }): Letters {
  if (inside === null || outside === null) return NOT_LOOKED;
  return worse(within(inside, INSIDE_DECIDES), within(outside, OUTSIDE_DECIDES));
}

/** Contrary evidence counts for every claim; the rest for those that this side decides. */
const within = (letters: Letters, decides: readonly ClaimId[]): Letters =>
  CLAIM_IDS.map((claim, place) => {
    const letter = letters[place]!;
    if (letter === 'n') return letter;
    if (!decides.includes(claim)) return '-';
    return letter === '-' ? 't' : letter;
  }).join('');

/** The contrary evidence in letters, and nothing else. */
export const contraryOf = (letters: Letters): Letters => letters.replaceAll(/[^n]/g, '-');

/** One look at one server. */
export interface Look {
  server: string;
  /** First second of the epoch, since 1970, and its length. */
  begins: number;
  seconds: number;
  /** What the server found. */
  inside: Letters;
}

const LOOK_TYPE = 'application/vnd.lethe.evidence.v1';
const lookBytes = ({ server, begins, seconds, inside }: Look): Uint8Array<ArrayBuffer> =>
  preAuthEncoding(LOOK_TYPE, canonicalBytes({ server, begins, seconds, inside }));

/** Signs a look with the node key. Returns base64. */
export const signLook = async (look: Look, nodeKey: Secret<'node-sign'>): Promise<string> =>
  toBase64(await sign(nodeKey, lookBytes(look)));

/** Throws `bad_signature` unless the server with this node key (base64url) signed exactly this. */
export async function verifyLook(look: Look, signature: string, nodeKey: string): Promise<void> {
  if (await verify(fromBase64Url(nodeKey), lookBytes(look), fromBase64(signature))) return;
  throw new LetheError('bad_signature', 'The evidence is not signed by this server. It says nothing.');
}

/** The letters of a map; claims that are not in it are out of scope. */
export function lettersOf(found: ReadonlyMap<ClaimId, Letter>): Letters {
  return CLAIM_IDS.map((claim) => found.get(claim) ?? '-').join('');
}

function outweigh(found: Map<ClaimId, Letter>, claim: ClaimId, letter: Letter): void {
  const before = found.get(claim) ?? '-';
  if (LETTERS.indexOf(letter) < LETTERS.indexOf(before)) found.set(claim, letter);
}

const letterOf = ({ verdict, present }: InventoryVerdict): Letter =>
  verdict === 'undeclared' ? 'n' : verdict === 'not_measured' && present === null ? 't' : 'c';

/** The claims that a verdict speaks for: of its entry, of its search, of the search that finds its kind; CL-04 for what no entry names. */
function claimsOf(entries: readonly StateEntry[], { id }: InventoryVerdict): readonly ClaimId[] {
  const entry = entries.find((one) => one.id === id);
  if (entry) return entry.claims.filter(isClaim);
  const search = (Object.keys(SEARCHES) as Search[]).find(
    (name) => name === id || (SEARCHES[name].kinds as readonly string[]).includes(id),
  );
  return search ? SEARCH_CLAIMS[search] : ['CL-04'];
}

const isClaim = (text: string): text is ClaimId => (CLAIM_IDS as readonly string[]).includes(text);
