/** `lethe sink`: the internet side of an audit, in the foreground. */

import { once } from 'node:events';
import { startSink } from '@lethe/audit/sink/sink';
import { createReporter } from '../up/report.ts';

export interface SinkActionOptions {
  zone: string;
  address: string[];
  json: boolean;
}

/** Runs until Ctrl-C, then says how much arrived; with `json` what arrived, for an auditor who has no other way to it. Writes no file. */
export async function runSink({ zone, address, json }: SinkActionOptions): Promise<void> {
  const reporter = json ? null : createReporter(process.stderr);
  reporter?.step(`Opening the sink for ${zone}`);
  await using sink = await startSink({ zone, addresses: address });
  reporter?.done();
  const { ports } = sink;
  if (!json) {
    process.stderr.write(
      `Listening: DNS on port ${ports.dns}, HTTP on ${ports.http}, TLS on ${ports.tls}, UDP on ${ports.udp}. What arrives is kept in memory until Ctrl-C.\n`,
    );
  }
  const end = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => end.abort());
  if (!end.signal.aborted) await once(end.signal, 'abort');
  const seen = sink.seen();
  const { queries, hosts, names, datagrams } = seen;
  const counts = { lookups: queries.length, requests: hosts.length, hellos: names.length, datagrams: datagrams.length };
  if (json) process.stdout.write(`${JSON.stringify({ ports, seen })}\n`);
  else
    process.stderr.write(
      `\n${counts.lookups} lookups, ${counts.requests} requests, ${counts.hellos} TLS hellos and ${counts.datagrams} datagrams arrived, and are forgotten.\n`,
    );
}
