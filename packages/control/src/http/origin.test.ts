import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { checkOrigin } from './origin.ts';

/** The status with which the hook refuses a request, or undefined if it lets it pass. */
async function refusal(method: string, headers: Record<string, string>): Promise<number | undefined> {
  let status: number | undefined;
  const reply = {
    code(value: number) {
      status = value;
      return reply;
    },
    header: () => reply,
    send: () => reply,
  };
  const request = { method, headers, raw: { socket: { localPort: 8640 } } };
  await checkOrigin('https://vpn.example')(request as unknown as FastifyRequest, reply as unknown as FastifyReply);
  return status;
}

test('a WebSocket of a page of another origin, or under another name, is refused; one of a host passes', async () => {
  const upgrade = { upgrade: 'websocket', connection: 'upgrade' };
  assert.equal(await refusal('GET', { ...upgrade, host: 'localhost:8640' }), undefined);
  assert.equal(await refusal('GET', { ...upgrade, host: 'vpn.example', origin: 'https://vpn.example' }), undefined);
  assert.equal(await refusal('GET', { ...upgrade, host: 'localhost:8640', origin: 'https://evil.example' }), 421);
  assert.equal(await refusal('GET', { ...upgrade, host: 'rebound.example' }), 421);
});

test('reading says nothing about the origin, changing does', async () => {
  const headers = { host: 'localhost:8640', origin: 'null' };
  assert.equal(await refusal('GET', headers), undefined);
  for (const method of ['POST', 'PUT', 'DELETE']) assert.equal(await refusal(method, headers), 421, method);
});
