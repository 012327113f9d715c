/**
 * What runs on a customer's server: the agent that turns a bare machine into a WireGuard server with a resolver of its own.
 *
 * It talks to its host only, over the engine's channel (see docs/decisions/0004-agent-channel.md), and it is the one place where a
 * list of devices becomes peers: it checks the owner's signature itself. Nothing here writes a log, a counter or an address; all it
 * can ever say is the closed vocabulary of `agent-protocol.ts` in core.
 */

export * from './addresses.ts';
export * from './configuration.ts';
export * from './firewall.ts';
export * from './resolver.ts';
export * from './sysctl.ts';
