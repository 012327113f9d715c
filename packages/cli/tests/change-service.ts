/** The proof plane alone behind HTTP, with its real routes, and a way to make it lie. */

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import { answerError } from '@lethe/control/http/errors';
import { LIMITS } from '@lethe/control/http/limits';
import { ErrorAnswer } from '@lethe/control/http/schema';
import { proofRoutes } from '@lethe/control/proof/routes';
import { PROOF_SCHEMAS } from '@lethe/control/proof/schemas';
import { ProofService } from '@lethe/control/proof/service';
import { Secret } from '@lethe/core';
import type { ReleaseContent } from '@lethe/verify';
import Fastify from 'fastify';

export const CONTENT: ReleaseContent = {
  image: 'ab'.repeat(32),
  files: [{ path: '/etc/unbound/unbound.conf', text: 'server:\n  port: 53\n  verbosity: 0\n  use-syslog: no\n' }],
  sysctls: [{ name: 'kernel/core_pattern', value: '|/nonexistent' }],
  processes: ['/usr/sbin/unbound'],
  egress: ['udp 53 any'],
  policyVersion: 1,
};

export interface ChangeService extends AsyncDisposable {
  /** Everything is in it: `data` is the data directory of the service. */
  directory: string;
  data: string;
  url: string;
  proof: ProofService;
  /** Answers that are given instead of the true ones, by path. */
  lies: Map<string, string | Uint8Array>;
  /** How often a path was asked for. */
  asked: Map<string, number>;
  /** Bytes of a public file of the log. */
  file(path: string): Promise<Buffer>;
  machine(): Promise<Secret>;
}

export async function startChangeService(): Promise<ChangeService> {
  const directory = await mkdtemp(join(tmpdir(), 'lethe-change-'));
  const data = join(directory, 'data');
  const proof = await ProofService.start({
    dataDir: join(data, 'proof'),
    publicDir: join(data, 'log'),
    headsDir: join(directory, 'heads'),
    host: 'lethe.example',
    content: CONTENT,
    clock: { now: () => Date.now() },
  });
  const lies: ChangeService['lies'] = new Map();
  const asked: ChangeService['asked'] = new Map();
  const app = Fastify({ logger: false, forceCloseConnections: true }).withTypeProvider<TypeBoxTypeProvider>();
  app.setErrorHandler(answerError);
  for (const schema of [ErrorAnswer, ...PROOF_SCHEMAS]) app.addSchema(schema);
  app.addHook('onRequest', async (request, reply) => {
    asked.set(request.url, (asked.get(request.url) ?? 0) + 1);
    const lie = lies.get(request.url);
    if (lie !== undefined && request.method === 'GET') return reply.send(lie);
  });
  await proofRoutes(app, proof, LIMITS);
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  const file = (path: string): Promise<Buffer> => readFile(join(data, 'log', path));
  return {
    directory,
    data,
    url,
    proof,
    lies,
    asked,
    file,
    machine: async () => new Secret('approver', await readFile(join(data, 'proof', 'machine-key'))),
    async [Symbol.asyncDispose]() {
      await app.close();
      await proof.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
