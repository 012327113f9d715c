/** Questions on a terminal (on stderr, so that stdout stays the result), and the one line a script gives on stdin. */

import { LetheError } from '@lethe/core';
import type { Io } from './io.ts';

const interrupted = () => process.exit(130);

/** Asks for a line of text. */
export async function askText(
  message: string,
  options: { secret?: boolean; placeholder?: string } = {},
): Promise<string> {
  const { isCancel, password, text } = await import('@clack/prompts');
  const shared = { message, output: process.stderr };
  const answer = options.secret
    ? await password(shared)
    : await text({ ...shared, ...(options.placeholder && { placeholder: options.placeholder }) });
  return isCancel(answer) ? interrupted() : (answer ?? '');
}

/** Asks before something that cannot be undone. Without a terminal, `--yes` is required. Throws `bad_request`. */
export async function confirmed(io: Io, yes: boolean | undefined, question: string): Promise<void> {
  if (yes) return;
  if (!io.interactive)
    throw new LetheError('bad_request', 'This cannot be undone: add --yes to confirm. Nothing was changed.');
  const { confirm, isCancel } = await import('@clack/prompts');
  const answer = await confirm({ message: question, initialValue: false, output: process.stderr });
  if (isCancel(answer)) interrupted();
  if (answer !== true) throw new LetheError('bad_request', 'Not confirmed. Nothing was changed.');
}

/** First line of stdin, empty at its end. At most 4096 characters. */
export async function lineFromStdin(): Promise<string> {
  let text = '';
  process.stdin.setEncoding('utf8');
  for await (const chunk of process.stdin) {
    text += chunk as string;
    if (text.includes('\n') || text.length > 4096) break;
  }
  return text.split('\n', 1)[0]!.trim();
}
