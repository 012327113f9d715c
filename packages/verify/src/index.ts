/** Ordered offline verification of releases, and the one spelling they are made in. No I/O; the same code in a server, the command line and the browser. */

export * from './alarm.ts';
export * from './chain.ts';
export * from './envelope.ts';
export * from './evidence.ts';
export * from './make.ts';
export * from './rejection.ts';
export * from './release.ts';
export * from './shape.ts';
export * from './statement.ts';
export * from './trust-root.ts';
export * from './verify-release.ts';
