/**
 * Program: asks one question from inside a namespace and prints the answer as JSON. Input: one JSON object on standard input, see
 * `Question`. Always ends with status 0; what went wrong is in `error`.
 */

import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { type Answer, ask, type DnsQuestion } from './dns-query.ts';

export type Question =
  | ({ kind: 'resolve' } & DnsQuestion)
  | {
      kind: 'fetch';
      url: string;
      address: string | null;
      server: string | null;
      family: 4 | 6 | null;
      timeoutMs: number;
    };

const question = JSON.parse(await text(process.stdin)) as Question;
try {
  const answer = question.kind === 'resolve' ? await ask(question) : await fetchPage(question);
  process.stdout.write(JSON.stringify(answer));
} catch (error) {
  const { code, message } = error as NodeJS.ErrnoException;
  process.stdout.write(JSON.stringify({ error: code ?? message }));
}

/** HTTP GET of a page at an address that is given, literal in the URL, or asked of a name server. */
async function fetchPage(
  task: Extract<Question, { kind: 'fetch' }>,
): Promise<{ status: number; body: string; address: string }> {
  const { hostname, port, pathname, search, host } = new URL(task.url);
  const literal = hostname.replace(/^\[|\]$/g, '');
  const address = task.address ?? (/^[\d.]+$|:/.test(literal) ? literal : await lookUp(literal, task));
  return new Promise((resolve, reject) => {
    const sent = request(
      { host: address, port: port || 80, path: pathname + search, headers: { host }, agent: false },
      (response) => {
        text(response).then((body) => resolve({ status: response.statusCode ?? 0, body, address }), reject);
      },
    );
    // The request's own timeout would only start once it is connected.
    const late = setTimeout(
      () => sent.destroy(Object.assign(new Error('late'), { code: 'ETIMEDOUT' })),
      task.timeoutMs,
    );
    sent.on('close', () => clearTimeout(late)).on('error', reject);
    sent.end();
  });
}

async function lookUp(name: string, task: Extract<Question, { kind: 'fetch' }>): Promise<string> {
  if (task.server === null) throw Object.assign(new Error('no name server'), { code: 'ENOTFOUND' });
  const types = task.family === 4 ? ['A'] : task.family === 6 ? ['AAAA'] : ['A', 'AAAA'];
  for (const type of types) {
    const answer: Answer = await ask({ name, type, server: task.server, timeoutMs: task.timeoutMs });
    const found = answer.answers.findLast((record) => record.type === type);
    if (found) return found.data;
  }
  throw Object.assign(new Error('no address'), { code: 'ENOTFOUND' });
}
