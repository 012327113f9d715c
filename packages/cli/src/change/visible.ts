/**
 * Text of others as a terminal shows it: what is there, and nothing else.
 *
 * Threat: whoever proposes a change chooses its text. An escape sequence could erase a line from the approver's terminal, a carriage
 * return could write over one, a bidirectional control could show a line in another order, an invisible character could hide in a word.
 * Such characters are written out, and so is the backslash, so that nobody can write what only looks like one.
 */

/** Configuration: printable ASCII as it is, everything else as `\n`, `\r`, `\t` or `\u{…}`. */
export const visible = (text: string): string => text.replace(/[^ -[\]-~]/gu, written);

/** What people write (names, reasons): letters, digits, signs and the space as they are, everything else written out. */
export const visibleProse = (text: string): string => text.replace(/[^\p{L}\p{N}\p{P}\p{S} ]|\\/gu, written);

const NAMED: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\\': '\\\\' };

function written(char: string): string {
  return NAMED[char] ?? `\\u{${char.codePointAt(0)!.toString(16)}}`;
}
