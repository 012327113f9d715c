/** A witness without its HTTP server: which logs it knows, and what it answers to a body or a log's id. */

import { LetheError } from '@lethe/core';
import type { NoteVerifier } from '@lethe/tlog';
import { type Answer, REFUSED } from './answer.ts';
import { type WitnessContext, WitnessedLog } from './log.ts';
import { type ParsedRequest, parseRequest } from './request.ts';

export class Witness {
  /** By origin, and by id. */
  readonly #logs = new Map<string, WitnessedLog>();
  readonly #byId = new Map<string, WitnessedLog>();

  /** `logs`: keys of the trusted logs by origin. */
  constructor(logs: ReadonlyMap<string, readonly NoteVerifier[]>, context: WitnessContext) {
    for (const [origin, keys] of logs) {
      const log = new WitnessedLog(origin, keys, context);
      this.#logs.set(origin, log);
      this.#byId.set(log.id, log);
    }
  }

  /** Answers `add-checkpoint`. Never throws. */
  async add(body: Uint8Array): Promise<Answer> {
    let request: ParsedRequest;
    try {
      request = parseRequest(body);
    } catch (error) {
      return error instanceof LetheError && error.code === 'too_large' ? REFUSED.tooLong : REFUSED.malformed;
    }
    return this.#logs.get(request.checkpoint.origin)?.add(request) ?? REFUSED.unknownLog;
  }

  /** The latest cosigned checkpoint of the log whose origin has this SHA-256, in hexadecimal. Never throws. */
  async latest(id: string): Promise<Answer> {
    return this.#byId.get(id)?.latest() ?? REFUSED.notFound;
  }

  /** Signs nothing any more; resolves when nothing is being written. */
  async end(): Promise<void> {
    await Promise.all([...this.#logs.values()].map((log) => log.end()));
  }
}
