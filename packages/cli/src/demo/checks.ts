/** How a step of the demo says what it found. */

/** A step found something other than what is promised. */
export class Miss extends Error {
  override readonly name = 'Miss';
}

/** What a step has checked so far, in words for the summary. */
export class Checks {
  readonly done: string[] = [];

  /** Records that something promised is so; throws `Miss` if it is not. `found` is shown then, and must not hold a secret. */
  that(promise: string, holds: boolean, found = ''): void {
    if (!holds) throw new Miss(found === '' ? `not so: ${promise}` : `not so: ${promise} (found: ${found})`);
    this.done.push(promise);
  }

  /** Records that a set which must be empty is. */
  none(promise: string, found: readonly string[]): void {
    this.that(promise, found.length === 0, found.slice(0, 8).join('; '));
  }
}
