/** A transparency log's pure part: tree, tiles, checkpoints, cosignatures, policies, proofs. No I/O; runs in Node and browsers. */

export * from './checkpoint.ts';
export * from './cosignature.ts';
export * from './edge.ts';
export * from './entry.ts';
export * from './merkle.ts';
export * from './note.ts';
export * from './policy.ts';
export * from './proof.ts';
export * from './prove.ts';
export * from './tiles.ts';
export * from './witnessed.ts';
