/**
 * A witness of transparency logs (C2SP tlog-witness v1.0.0): it cosigns a checkpoint only if the log has kept everything it had cosigned
 * before. Who asks for a cosignature is not recorded; what is kept of a log is its latest checkpoint.
 */

export * from './client.ts';
export { witnessVkey } from './key.ts';
export type { Trouble } from './log.ts';
export { type AddCheckpoint, formatRequest, MAX_PROOF_LINES } from './request.ts';
export * from './start.ts';
export type { Storage } from './storage.ts';
