/** The closed set of ways in which a server can fail to come up, as exceptions. */

import type { AgentFailure } from '@lethe/core/agent-protocol';

export class Failure extends Error {
  readonly failure: AgentFailure;
  constructor(failure: AgentFailure) {
    super(failure);
    this.failure = failure;
  }
}

/** Runs one step; whatever goes wrong inside becomes that one failure, so that no detail can leave the server. */
export async function step<T>(failure: AgentFailure, action: () => T | Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (cause) {
    throw cause instanceof Failure ? cause : new Failure(failure);
  }
}
