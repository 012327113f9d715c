/** Reading fields of a parsed document strictly: exactly the fields of the format, each of its type and within its bounds. */

import { type ErrorCode, type Json, LetheError } from '@lethe/core';

/** The last second of the year 9999: no time in a document is later. */
export const LAST_TIME = 253_402_300_799;

/** Reads one document; every refusal carries the document's own code and the path of the field. */
export class Shape {
  readonly #code: ErrorCode;
  readonly #what: string;

  /** `what` names the document in messages, as "The release". */
  constructor(code: ErrorCode, what: string) {
    this.#code = code;
    this.#what = what;
  }

  /** Throws the document's code with a reason. */
  refuse(why: string): never {
    throw new LetheError(this.#code, `${this.#what} is refused: ${why}.`);
  }

  /** An object with exactly these fields. */
  object<const Names extends readonly string[]>(
    value: Json | undefined,
    path: string,
    names: Names,
  ): Record<Names[number], Json> {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      return this.refuse(`${path} is not an object`);
    const found = Object.keys(value).toSorted().join();
    if (found !== names.toSorted().join()) return this.refuse(`${path} has other fields than the format`);
    return value as Record<Names[number], Json>;
  }

  list(value: Json, path: string, max: number, min = 0): Json[] {
    if (!Array.isArray(value) || value.length > max || value.length < min)
      return this.refuse(`${path} is not a list of ${min} to ${max} items`);
    return value;
  }

  text(value: Json, path: string, max: number, pattern?: RegExp): string {
    if (typeof value !== 'string' || value.length > max || (pattern && !pattern.test(value)))
      return this.refuse(`${path} is not text of its form`);
    return value;
  }

  integer(value: Json, path: string, min: number, max = Number.MAX_SAFE_INTEGER): number {
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < min || value > max)
      return this.refuse(`${path} is not a whole number of ${min} or more`);
    return value;
  }

  /** Lower-case hexadecimal SHA-256. */
  digest(value: Json, path: string): string {
    return this.text(value, path, 64, /^[0-9a-f]{64}$/);
  }

  digestOrNull(value: Json, path: string): string | null {
    return value === null ? null : this.digest(value, path);
  }

  oneOf<const Values extends readonly string[]>(value: Json, path: string, values: Values): Values[number] {
    if (typeof value !== 'string' || !values.includes(value)) return this.refuse(`${path} is none of its words`);
    return value;
  }

  /** Throws unless all texts differ. */
  distinct(values: readonly string[], path: string): void {
    if (new Set(values).size !== values.length) this.refuse(`${path} names something twice`);
  }
}
