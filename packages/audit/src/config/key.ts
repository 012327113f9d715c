/** Keys of settings: how a name becomes a segment, and which keys a pattern means. */

/** Longest segment; what is longer names no setting and is cut. */
const LONGEST = 512;

/** One segment of a key: lower case, spaces as one, and every dot as `_`, since dots part segments. */
export const segment = (name: string): string =>
  name.slice(0, LONGEST).trim().toLowerCase().replaceAll(/\s+/g, ' ').replaceAll('.', '_');

/** True if the key is one the pattern means: `*` is one segment, `**` any number with none included, all else is itself. */
export function keyMatches(pattern: string, key: string): boolean {
  const wanted = pattern.split('.');
  const given = key.split('.');
  let [at, from] = [0, 0];
  // Where the last `**` stood, and how far it reaches by now: only the last one ever needs to grow.
  let [star, reach] = [-1, 0];
  while (from < given.length) {
    if (wanted[at] === '**') {
      star = at++;
      reach = from;
    } else if (at < wanted.length && (wanted[at] === '*' || wanted[at] === given[from])) {
      at++;
      from++;
    } else if (star !== -1) {
      at = star + 1;
      from = ++reach;
    } else return false;
  }
  while (wanted[at] === '**') at++;
  return at === wanted.length;
}
