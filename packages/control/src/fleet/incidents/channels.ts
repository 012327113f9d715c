/**
 * The channels that alarms are sent to, as `alarms.json` in the data directory says. Read at the start and when the file changes.
 *
 * The file holds secrets: the address of a chat's hook is one. It must be readable by the service alone, and no message about it repeats
 * anything that is in it but the name of a channel.
 */

import { readFile, stat } from 'node:fs/promises';
import { LetheError } from '@lethe/core';
import { type Static, Type } from 'typebox';
import Value from 'typebox/value';

export const CHANNEL_TYPES = ['webhook', 'slack', 'alertmanager', 'email'] as const;

const exact = { additionalProperties: false };
const name = Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,31}$' });
const url = Type.String({ minLength: 1, maxLength: 2048 });

const SHAPES = {
  webhook: Type.Object(
    { name, type: Type.Literal('webhook'), url, secret: Type.Optional(Type.String({ minLength: 16, maxLength: 256 })) },
    exact,
  ),
  slack: Type.Object({ name, type: Type.Literal('slack'), url }, exact),
  alertmanager: Type.Object({ name, type: Type.Literal('alertmanager'), url }, exact),
  email: Type.Object(
    { name, type: Type.Literal('email'), to: Type.String({ pattern: '^[^@\\s<>,;]{1,64}@[^@\\s<>,;]{1,255}$' }) },
    exact,
  ),
} as const;
export type Channel = Static<(typeof SHAPES)[keyof typeof SHAPES]>;

const MAX_CHANNELS = 16;
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/** The channels in the text of the file. Throws `bad_request`. */
export function parseChannels(text: string): Channel[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return refuse('is not JSON');
  }
  if (typeof value !== 'object' || value === null || Object.keys(value).join() !== 'channels')
    return refuse('should be an object with one field, channels');
  const { channels } = value as { channels: unknown };
  if (!Array.isArray(channels) || channels.length > MAX_CHANNELS)
    return refuse(`should have a list of at most ${MAX_CHANNELS} channels`);
  const parsed = channels.map((one, place) => parseChannel(one, place + 1));
  if (new Set(parsed.map((one) => one.name)).size !== parsed.length) return refuse('has two channels of one name');
  return parsed;
}

function parseChannel(value: unknown, place: number): Channel {
  const type = (value as { type?: unknown } | null)?.type;
  if (typeof type !== 'string' || !Object.hasOwn(SHAPES, type))
    return refuse(`has no known type in channel ${place}: ${CHANNEL_TYPES.join(', ')}`);
  const shape = SHAPES[type as Channel['type']];
  const wrong = [...Value.Errors(shape, value)][0];
  if (wrong)
    return refuse(
      `has a field in channel ${place} (${type}) that is missing, not known or not in its form${fieldOf(wrong)}`,
    );
  const channel = value as Channel;
  if ('url' in channel) checkUrl(channel.url, place);
  return channel;
}

/** The field by the schema's own words: nothing that stands in the file. */
function fieldOf({ instancePath, params }: { instancePath: string; params: object }): string {
  const { requiredProperties = [] } = params as { requiredProperties?: string[] };
  const field = [...requiredProperties, instancePath.slice(1)].find((one) => FIELDS.includes(one));
  return field ? `: ${field}` : '';
}
const FIELDS = ['name', 'url', 'secret', 'to'];

function checkUrl(text: string, place: number): void {
  const parsed = URL.canParse(text) ? new URL(text) : refuse(`has no usable url in channel ${place}`);
  if (parsed.protocol !== 'https:' && !(parsed.protocol === 'http:' && LOOPBACK.test(parsed.hostname)))
    refuse(`should have an https:// url in channel ${place} (http:// only for this machine)`);
  if (parsed.username || parsed.password || parsed.hash)
    refuse(`has a url in channel ${place} with a user, a password or a # in it`);
}

const refuse = (why: string): never => {
  throw new LetheError(
    'bad_request',
    `The file alarms.json ${why}. The channels are left as they were. Mend the file: docs/alarms.md.`,
  );
};

/** The file of a service: what it says now, read again when it has changed. */
export class ChannelFile {
  readonly #file: string;
  #mark = '';
  /** What is wrong with the text that was read last. */
  #wrong: string | null = null;
  channels: readonly Channel[] = [];
  /** Why the file as it is now was not taken. */
  problem: string | null = null;

  constructor(file: string) {
    this.#file = file;
  }

  /** Reads the file for the first time. Throws `bad_request` for one that cannot be used. No file: no channels. */
  async open(): Promise<void> {
    await this.#read();
  }

  /** Reads the file again if it has changed. One that cannot be used leaves the channels as they were. */
  async refresh(): Promise<void> {
    try {
      await this.#read();
    } catch (error) {
      if (!(error instanceof LetheError)) throw error;
      this.problem = error.message;
    }
  }

  async #read(): Promise<void> {
    const found = await stat(this.#file, { bigint: true }).catch((error: NodeJS.ErrnoException) => {
      return error.code === 'ENOENT' ? undefined : refuse('cannot be read');
    });
    const mark = found ? `${found.ino} ${found.mtimeNs} ${found.ctimeNs} ${found.size}` : 'none';
    if (mark === this.#mark) {
      this.problem = this.#wrong;
      return;
    }
    if (found && (!found.isFile() || (found.mode & 0o077n) !== 0n))
      refuse('is readable by others than the service, and it holds secrets: chmod 600 alarms.json');
    const text = found ? await readFile(this.#file, 'utf8').catch(() => refuse('cannot be read')) : null;
    // From here on only another file can be another one: one that could not be read is read again.
    this.#mark = mark;
    try {
      this.channels = text === null ? [] : parseChannels(text);
      this.#wrong = null;
    } catch (error) {
      this.#wrong = error instanceof LetheError ? error.message : null;
      throw error;
    }
    this.problem = null;
  }
}
