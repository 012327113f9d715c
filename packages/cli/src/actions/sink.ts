/** `lethe sink`: the internet side of an audit, in the foreground. */

import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { startSink } from '@lethe/audit/audit';
import { createReporter } from '../up/report.ts';

export interface SinkActionOptions {
  zone: string;
  address: string[];
  json: boolean;
}

/**
 * Runs until it is told to end. With `json` it prints one line when it is ready, answers each line `seen` of its input with one line of
 * what arrived, each `forget` by forgetting it, and ends with its input. Nothing that arrives is printed otherwise, or written anywhere.
 */
export async function runSink({ zone, address, json }: SinkActionOptions): Promise<void> {
  const reporter = json ? null : createReporter(process.stderr);
  reporter?.step(`Opening the sink for ${zone}`);
  await using sink = await startSink({ zone, addresses: address });
  reporter?.done();
  const { ports } = sink;
  if (json) process.stdout.write(`${JSON.stringify({ ready: true, ports })}\n`);
  else
    process.stderr.write(
      `Listening: DNS on port ${ports.dns}, HTTP on ${ports.http}, TLS on ${ports.tls}, UDP on ${ports.udp}. What arrives is kept in memory until Ctrl-C.\n`,
    );
  const end = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => end.abort());
  if (!json) {
    await once(end.signal, 'abort');
    const { queries, hosts, names, datagrams } = sink.seen();
    process.stderr.write(
      `\n${queries.length} lookups, ${hosts.length} requests, ${names.length} TLS hellos and ${datagrams.length} datagrams arrived, and are forgotten.\n`,
    );
    return;
  }
  try {
    for await (const line of createInterface({ input: process.stdin, signal: end.signal })) {
      if (line === 'forget') sink.forget();
      process.stdout.write(`${JSON.stringify(line === 'seen' ? sink.seen() : {})}\n`);
    }
  } catch (error) {
    if (!end.signal.aborted) throw error;
  }
}
