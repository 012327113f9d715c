/** The agent's side of the filter's control socket. */

import { connect } from 'node:net';
import { LineReader, toLine } from '@lethe/core/lines';
import type { FilterAnswer, FilterQuestion } from './control.ts';

const LINE_BYTES = 256;
/** A table of a million names is read well within this. */
const LIMIT_MS = 10_000;

/** Asks one question. Rejects if the filter is not there, ends, answers something else than its protocol, or not in time. */
export function askFilter(path: string, question: FilterQuestion): Promise<FilterAnswer> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    const lines = new LineReader(LINE_BYTES);
    const fail = (): void => {
      socket.destroy();
      reject(new Error('The filter did not answer.'));
    };
    socket.setTimeout(LIMIT_MS, fail);
    socket.on('error', fail);
    socket.on('close', fail);
    socket.on('connect', () => socket.write(toLine(question)));
    socket.on('data', (chunk: Buffer) => {
      try {
        const [answer] = lines.push(chunk);
        if (answer === undefined) return;
        if (!isAnswer(answer)) return fail();
        resolve(answer);
        socket.destroy();
      } catch {
        fail();
      }
    });
  });
}

function isAnswer(value: unknown): value is FilterAnswer {
  const answer = value as { type?: unknown; blocked?: unknown } | null;
  if (answer?.type === 'total') return Number.isSafeInteger(answer.blocked);
  return answer?.type === 'loaded' || answer?.type === 'woken' || answer?.type === 'refused';
}
