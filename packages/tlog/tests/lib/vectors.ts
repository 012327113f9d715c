/** The files of `vectors/`. */

import { readFileSync } from 'node:fs';

const path = (name: string): URL => new URL(`../../vectors/${name}`, import.meta.url);

/** The bytes of a file. */
export const vectorBytes = (name: string): Uint8Array<ArrayBuffer> => new Uint8Array(readFileSync(path(name)));

/** A file of JSON. */
export const vectorJson = <T>(name: string): T => JSON.parse(readFileSync(path(name), 'utf8')) as T;
