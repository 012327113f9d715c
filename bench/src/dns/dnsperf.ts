/** Load and latency with dnsperf. */

import { LetheError } from '@lethe/core';
import type { TestInternet } from '@lethe/testkit';

/** Clients of a load, each with a port of its own, and questions that wait at once. */
const CLIENTS = 10;
const OUTSTANDING = 100;
/** Above this share of lost questions a number says nothing. */
const MAX_LOST = 0.001;

export interface Target {
  net: TestInternet;
  namespace: string;
  port: number;
  /** File with questions. */
  questions: string;
}

const common = ({ port, questions }: Target): string[] => ['-s', '127.0.0.1', '-p', `${port}`, '-d', questions];

/** Answers a second with as much load as it takes. Throws if questions are lost. */
export async function throughput(target: Target, seconds: number): Promise<number> {
  const args = [...common(target), '-l', `${seconds}`, '-c', `${CLIENTS}`, '-q', `${OUTSTANDING}`];
  const { stdout } = await target.net.exec(target.namespace, 'dnsperf', args);
  const number = (label: string): number =>
    Number(new RegExp(`${label}:\\s+([0-9.]+)`).exec(stdout)?.[1] ?? Number.NaN);
  const [sent, lost, rate] = [number('Queries sent'), number('Queries lost'), number('Queries per second')];
  if (!(rate > 0) || !(lost <= sent * MAX_LOST))
    throw new LetheError('internal', `dnsperf lost ${lost} of ${sent} questions. Nothing was measured.`);
  return rate;
}

/** Latency of each answer in milliseconds, sorted, at a fixed rate of questions a second. */
export async function latencies(target: Target, rate: number, seconds: number): Promise<number[]> {
  const args = [...common(target), '-v', '-l', `${seconds}`, '-Q', `${rate}`];
  const { stdout } = await target.net.exec(target.namespace, 'dnsperf', args);
  const found = [...stdout.matchAll(/^> (?:NOERROR|NXDOMAIN) \S+ A ([0-9.]+)$/gm)].map(
    (match) => Number(match[1]) * 1000,
  );
  if (found.length < (rate * seconds) / 2)
    throw new LetheError('internal', `dnsperf told the latency of ${found.length} answers only. Nothing was measured.`);
  return found.toSorted((a, b) => a - b);
}
