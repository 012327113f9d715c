/** From a command line to an exit code: every verb returns one result, printed as text or as one JSON document. */

import { type ErrorCode, LetheError } from '@lethe/core/errors';
import { type Command, CommanderError } from 'commander';
import type { Io } from './io.ts';

/** What a verb found or did: `data` for `--json`, `text` for people. */
export interface Result {
  data: unknown;
  text: string;
}

export const EXIT = { ok: 0, failure: 1, usage: 2, notSignedIn: 3, unreachable: 4, interrupted: 130 } as const;

/** The exit codes as the help shows them. */
export const EXIT_CODES_TEXT = `Exit codes:
  0    done
  1    it failed; the message says what was left as it was
  2    the command or a value in it is wrong; nothing was changed
  3    not signed in, a wrong code, or the recovery key is needed
  4    the service or the server cannot be reached, or did not answer in time
  130  interrupted`;

const USAGE: ErrorCode[] = [
  'bad_encoding',
  'bad_request',
  'bad_email',
  'bad_public_key',
  'bad_address',
  'unknown_region',
  'unknown_engine',
];
const NOT_SIGNED_IN: ErrorCode[] = ['not_signed_in', 'wrong_code', 'code_expired', 'recovery_key_needed'];

export function exitCodeOf(code: ErrorCode): number {
  if (USAGE.includes(code)) return EXIT.usage;
  if (NOT_SIGNED_IN.includes(code)) return EXIT.notSignedIn;
  return code === 'unreachable' || code === 'timeout' ? EXIT.unreachable : EXIT.failure;
}

type Handler<Args extends unknown[]> = (io: Io, ...args: Args) => Promise<Result>;

/** A commander action that loads its code only when it runs. */
export function verb<Args extends unknown[]>(load: () => Promise<Handler<Args>>) {
  return async (...given: unknown[]): Promise<void> => {
    const command = given.at(-1) as Command;
    process.once('SIGINT', () => process.exit(EXIT.interrupted));
    const [{ openIo }, handler] = await Promise.all([import('./io.ts'), load()]);
    const io = openIo(command.optsWithGlobals());
    try {
      const { data, text } = await handler(io, ...(given.slice(0, -1) as Args));
      io.progress.end();
      process.stdout.write(io.json ? `${JSON.stringify(data)}\n` : text === '' ? '' : `${text}\n`);
    } catch (error) {
      io.progress.fail();
      throw error;
    }
  };
}

/** Runs a program; prints errors as one line, or as one JSON document; returns the exit code. */
export async function runProgram(program: Command, argv: readonly string[]): Promise<number> {
  const json = argv.includes('--json');
  let usage = '';
  for (const command of [program, ...allCommands(program)]) {
    command.exitOverride();
    command.configureOutput({
      outputError: (text) => {
        usage = text;
      },
      writeErr: (text) => {
        if (!json) process.stderr.write(text);
      },
    });
  }
  try {
    await program.parseAsync(argv as string[], { from: 'user' });
    return EXIT.ok;
  } catch (error) {
    if (error instanceof CommanderError) return usageError(error, usage, json);
    return failure(error, json);
  }
}

const allCommands = (command: Command): Command[] => command.commands.flatMap((one) => [one, ...allCommands(one)]);

function usageError(error: CommanderError, usage: string, json: boolean): number {
  if (error.exitCode === 0) return EXIT.ok;
  const said = usage
    .replace(/^error: /, '')
    .replace(/\s*\n\s*/g, ' ')
    .trim();
  const message = said
    ? `${said[0]!.toUpperCase()}${said.slice(1)}${/[.?)]$/.test(said) ? '' : '.'}`
    : 'A verb is missing.';
  report('bad_request', message, json, 'See --help.');
  return EXIT.usage;
}

function failure(error: unknown, json: boolean): number {
  if (error instanceof LetheError) {
    report(error.code, error.message, json, hint(error.code));
    // A verb whose exit codes are verdicts has one of its own for errors.
    return 'exitCode' in error ? Number(error.exitCode) : exitCodeOf(error.code);
  }
  // Anything else is a defect: its text could hold anything, so only its kind is shown.
  const kind = error instanceof Error ? `${error.name}${'code' in error ? ` ${String(error.code)}` : ''}` : 'unknown';
  report('internal', `Something in this program went wrong (${kind}).`, json);
  return EXIT.failure;
}

const hint = (code: ErrorCode): string | undefined =>
  ({
    not_signed_in: 'Run: lethe account signin --email YOU@EXAMPLE',
    recovery_key_needed:
      'Run on the device that has the key: lethe account recovery-key; then here: lethe account recovery-key --import',
    no_entitlement: 'See: lethe account show',
  })[code as string];

function report(code: ErrorCode, message: string, json: boolean, todo?: string): void {
  if (json) process.stdout.write(`${JSON.stringify({ error: { code, message } })}\n`);
  else process.stderr.write(`lethe: ${plain(message)}${todo ? ` ${todo}` : ''}\n`);
}

/** Text from elsewhere on one line, without control characters: a service cannot steer the terminal. */
export const plain = (text: string): string => text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ');
