/** The name a TLS client says it wants to talk to: server_name in its ClientHello (RFC 8446, sections 4.1.2 and 5.1; RFC 6066, section 3). */

/** More is no ClientHello that anybody sends. */
export const MAX_HELLO_BYTES = 16_384;

/** Of one hello: what is put together is put together again with each. */
const MAX_RECORDS = 4;

/** `more` as long as the bytes are the start of a ClientHello and not the whole; `bad` if they are none. */
export type Hello = { state: 'more' } | { state: 'bad' } | { state: 'whole'; name: string | null };

/** Lower case; null if the bytes are no whole ClientHello or have no name. Never throws. */
export function clientHelloName(bytes: Uint8Array): string | null {
  const hello = readClientHello(bytes);
  return hello.state === 'whole' ? hello.name : null;
}

/** Reads the bytes as they come from the connection, records and all. Never throws. */
export function readClientHello(bytes: Uint8Array): Hello {
  const message = join(bytes);
  if (message === 'bad' || message === 'more') return { state: message };
  try {
    return { state: 'whole', name: nameIn(new Reader(message)) };
  } catch (error) {
    if (error instanceof RangeError) return { state: 'bad' };
    throw error;
  }
}

/**
 * The handshake message, put together from its records: type 22, a version of two bytes, a length of two, content. A message is type 1, a length
 * of three bytes, content; it may span several records.
 */
function join(bytes: Uint8Array): Uint8Array | 'more' | 'bad' {
  const parts: Uint8Array[] = [];
  let have = 0;
  for (let at = 0; at < bytes.length; ) {
    if (bytes[at] !== 22 || (at + 1 < bytes.length && bytes[at + 1] !== 3)) return 'bad';
    if (at + 5 > bytes.length) return 'more';
    const length = (bytes[at + 3]! << 8) | bytes[at + 4]!;
    // An empty record of a handshake is forbidden (RFC 8446, section 5.1); it would also cost nothing to send for ever.
    if (length === 0 || length > MAX_HELLO_BYTES) return 'bad';
    const part = bytes.subarray(at + 5, at + 5 + length);
    parts.push(part);
    have += part.length;
    at += 5 + length;
    if (parts.length > MAX_RECORDS) return 'bad';
    const start = Buffer.concat(parts);
    if (start.length > 0 && start[0] !== 1) return 'bad';
    if (have < 4) continue;
    const wanted = (start[1]! << 16) | (start[2]! << 8) | start[3]!;
    if (wanted > MAX_HELLO_BYTES) return 'bad';
    if (have >= wanted + 4) return start.subarray(4, wanted + 4);
  }
  return 'more';
}

function nameIn(hello: Reader): string | null {
  hello.take(2 + 32);
  hello.take(hello.number(1));
  hello.take(hello.number(2));
  hello.take(hello.number(1));
  // Before TLS 1.3 a hello could end here.
  if (hello.left === 0) return null;
  const extensions = hello.part(hello.number(2));
  while (extensions.left > 0) {
    const type = extensions.number(2);
    const content = extensions.part(extensions.number(2));
    if (type !== 0) continue;
    const list = content.part(content.number(2));
    while (list.left > 0) {
      const kind = list.number(1);
      const name = list.take(list.number(2));
      if (kind === 0) return plain(name);
    }
    return null;
  }
  return null;
}

/** A host name in ASCII; anything else is none. */
function plain(bytes: Uint8Array): string | null {
  const text = Buffer.from(bytes).toString('latin1').toLowerCase();
  return text.length <= 255 && /^[\x21-\x7e]+$/.test(text) ? text : null;
}

/** Reads forward; throws a RangeError at the end of its bytes, never reads past it. */
class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  take(length: number): Uint8Array {
    if (length > this.left) throw new RangeError('short');
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  part(length: number): Reader {
    return new Reader(this.take(length));
  }

  /** Big-endian. */
  number(size: 1 | 2): number {
    const bytes = this.take(size);
    return size === 1 ? bytes[0]! : (bytes[0]! << 8) | bytes[1]!;
  }
}
