/** Mail through a real SMTP conversation: what the server on the other side gets, and that nobody else is told. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { smtpSender } from '../src/accounts/mail.ts';

/** The few words of SMTP (RFC 5321) that a sender needs to hear. */
async function mailServer() {
  const received: string[] = [];
  const server = createServer((socket) => {
    let data: string | undefined;
    const say = (line: string): boolean => socket.write(`${line}\r\n`);
    say('220 test');
    socket.on('data', (chunk) => {
      for (const line of chunk.toString('utf8').split('\r\n').slice(0, -1)) {
        if (data !== undefined && line !== '.') data += `${line}\n`;
        else if (data !== undefined) {
          received.push(data);
          data = undefined;
          say('250 kept');
        } else if (line === 'DATA') {
          data = '';
          say('354 go on');
        } else if (line === 'STARTTLS') say('502 not here');
        else if (line.startsWith('RCPT TO:<refused@')) say('550 no such mailbox');
        else if (line === 'QUIT') socket.end('221 bye\r\n');
        else say('250 ok');
      }
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { received, server, url: `smtp://127.0.0.1:${(server.address() as { port: number }).port}` };
}

test('a mail arrives as it was written, and a refused one is an error', async (t) => {
  const { received, server, url } = await mailServer();
  t.after(() => server.close());
  const send = smtpSender(url, 'Lethe <no-reply@vpn.example>');
  await send({ to: 'ann@example.com', subject: 'Your code', text: 'Your code is 1234 5678' });
  assert.equal(received.length, 1);
  assert.match(received[0]!, /^From: Lethe <no-reply@vpn\.example>$/m);
  assert.match(received[0]!, /^To: ann@example\.com$/m);
  assert.match(received[0]!, /Your code is 1234 5678/);
  assert.doesNotMatch(received[0]!, /X-Mailer|X-Originating/i);
  await assert.rejects(send({ to: 'refused@example.com', subject: 's', text: 't' }));
});

test('a server on another machine that speaks without TLS gets no mail', async (t) => {
  const { received, server, url } = await mailServer();
  t.after(() => server.close());
  // Reaches this machine, and is not one of the names by which it is known to be this machine.
  const send = smtpSender(url.replace('127.0.0.1', '0.0.0.0'), 'Lethe <no-reply@vpn.example>');
  await assert.rejects(send({ to: 'ann@example.com', subject: 'Your code', text: 'Your code is 1234 5678' }));
  assert.deepEqual(received, []);
});
