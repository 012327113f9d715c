/** The control plane's double as a process of its own, in a test internet's host namespace; driven by its parent over IPC. */

import type { DesiredServer } from '@lethe/core';
import { ControlDouble } from './control-double.ts';

export type ToControlChild =
  | { type: 'want'; desired: DesiredServer }
  | { type: 'delete'; server: string }
  | { type: 'ask'; server: string; challenge: string };

export interface FromControlChild {
  url: string;
  joinToken: string;
  heard: ControlDouble['heard'];
  /** WireGuard keys of enrolled servers. */
  enrolled: Record<string, string>;
  nodeKeys: Record<string, string>;
}

const control = new ControlDouble();
await control.start();
process.on('disconnect', () => process.exit());
process.on('message', (message: ToControlChild) => {
  if (message.type === 'delete') control.delete(message.server);
  if (message.type === 'ask') {
    const { server, challenge } = message;
    control.send({ type: 'ask', id: 1, server, question: 'status', challenge, body: null });
  }
  if (message.type === 'want') {
    control.desired.set(message.desired.server, message.desired);
    control.push();
  }
});
setInterval(() => {
  process.send?.({
    url: control.url,
    joinToken: [...control.joinTokens][0] ?? control.token(),
    heard: control.heard,
    enrolled: Object.fromEntries([...control.enrolled].map(([id, { wireguardKey }]) => [id, wireguardKey])),
    nodeKeys: Object.fromEntries([...control.enrolled].map(([id, { nodeKey }]) => [id, nodeKey])),
  } satisfies FromControlChild);
}, 50);
