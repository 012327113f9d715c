/** Every way in which a marker may lie in memory: the byte patterns the search looks for. */

import { packAddress, textForms } from './addresses.ts';
import { isLetter, type Marker, type Pattern } from './marker.ts';

/** Shorter than this, a pattern says nothing. */
const LEAST_BYTES = 4;

/**
 * All patterns of a marker, without doubles. Ports are in network order, as in packets and socket addresses; addresses in both orders.
 * Throws `bad_request` for an address that is none.
 */
export function encodings(marker: Marker): Pattern[] {
  const made: Pattern[] = [];
  const add = (encoding: string, bytes: Uint8Array, anyCase = false): void => {
    const same = (other: Pattern): boolean => other.anyCase === anyCase && Buffer.compare(other.bytes, bytes) === 0;
    if (bytes.length >= LEAST_BYTES && !made.some(same)) made.push({ marker: marker.id, encoding, bytes, anyCase });
  };
  if ('text' in marker) ofText(marker.text, add);
  else if ('key' in marker) ofKey(marker.key, add);
  else ofAddress(marker.address, marker.port, add);
  return made;
}

type Add = (encoding: string, bytes: Uint8Array, anyCase?: boolean) => void;

function ofText(text: string, add: Add): void {
  add('text', Buffer.from(text, 'latin1'), true);
  wide(text, add);
  if (text.length < 64) add('dns-label', Buffer.from(`${String.fromCharCode(text.length)}${text}`, 'latin1'), true);
  for (const [name, form] of cases(text)) coded(name, Buffer.from(form, 'latin1'), add);
}

function ofKey(key: Uint8Array, add: Add): void {
  add('raw', key);
  coded('key', key, add);
  wide(Buffer.from(key).toString('base64'), add);
}

function ofAddress(address: string, port: number, add: Add): void {
  const packed = packAddress(address);
  const swapped = packed.toReversed();
  const netPort = [port >> 8, port & 255];
  add('packed', packed);
  add('packed-reversed', swapped);
  // struct sockaddr_in: port, address; UDP pseudo headers and tables: address, port.
  add('sockaddr', Uint8Array.from(packed.length === 4 ? [...netPort, ...packed] : [...netPort, 0, 0, 0, 0, ...packed]));
  add('address-port', Uint8Array.from([...packed, ...netPort]));
  for (const form of textForms(packed)) {
    add('text', Buffer.from(form, 'latin1'), true);
    wide(form, add);
    coded('text', Buffer.from(form, 'latin1'), add);
  }
  hex('packed', packed, add);
  hex('packed-reversed', swapped, add);
  // /proc/net prints IPv6 addresses as four words in the machine's byte order.
  if (packed.length === 16)
    hex(
      'packed-words',
      packed.map((_, index) => packed[(index & ~3) | (3 - (index & 3))]!),
      add,
    );
}

function wide(text: string, add: Add): void {
  const little = Buffer.from(text, 'utf16le');
  add('utf-16le', little, true);
  add('utf-16be', Buffer.from(little).swap16(), true);
}

function hex(name: string, bytes: Uint8Array, add: Add): void {
  add(`${name}:hex`, Buffer.from(Buffer.from(bytes).toString('hex'), 'latin1'), true);
}

/** Hexadecimal, and the part of base64 that depends on nothing around, for each of the three offsets. */
function coded(name: string, bytes: Uint8Array, add: Add): void {
  hex(name, bytes, add);
  for (let offset = 0; offset < 3; offset += 1) {
    const padded = Buffer.concat([new Uint8Array(offset), bytes]);
    // A character belongs to the bytes alone if all of its six bits do.
    const first = Math.ceil((offset * 8) / 6);
    const last = Math.floor((padded.length * 8) / 6);
    for (const alphabet of ['base64', 'base64url'] as const) {
      add(`${name}:${alphabet}+${offset}`, Buffer.from(padded.toString(alphabet).slice(first, last), 'latin1'));
    }
  }
}

function cases(text: string): [string, string][] {
  const forms: [string, string][] = [['text', text]];
  if (![...text].some((letter) => isLetter(letter.charCodeAt(0)))) return forms;
  return [...forms, ['upper', text.toUpperCase()], ['lower', text.toLowerCase()]];
}
