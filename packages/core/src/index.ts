/** Core: bytes, canonical encoding, keys by role, signed documents, protocols and the interfaces planes share. No I/O. */

export * from './agent-protocol.ts';
export * from './block-table.ts';
export * from './bytes.ts';
export * from './canonical.ts';
export * from './clock.ts';
export * from './devices.ts';
export * from './dsse.ts';
export * from './ed25519.ts';
export * from './engine.ts';
export * from './entitlement.ts';
export * from './errors.ts';
export * from './filter.ts';
export * from './host-protocol.ts';
export * from './httpsig.ts';
export * from './lines.ts';
export * from './owner.ts';
export * from './random.ts';
export * from './seal.ts';
export * from './secret.ts';
export * from './server-settings.ts';
export * from './status.ts';
export * from './tunnel.ts';
export * from './x25519.ts';
