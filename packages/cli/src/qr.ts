/** QR codes as text for a terminal: two modules a character, with a quiet zone of four modules. */

import { generate } from 'lean-qr';

const QUIET = 4;
/** By (upper is dark, lower is dark). Light modules are drawn and dark ones left out, which is right on a dark terminal. */
const HALVES = { 'false,false': '█', 'false,true': '▀', 'true,false': '▄', 'true,true': ' ' } as const;

/**
 * The code of a text. With `colour`, black on white is forced, so that it is right on every terminal. Throws if the text is longer
 * than a QR code can be.
 */
export function terminalQr(text: string, colour: boolean): string {
  const code = generate(text);
  const rows: string[] = [];
  for (let y = -QUIET; y < code.size + QUIET; y += 2) {
    let row = '';
    for (let x = -QUIET; x < code.size + QUIET; x += 1) {
      row += HALVES[`${code.get(x, y)},${code.get(x, y + 1)}` as keyof typeof HALVES];
    }
    rows.push(colour ? `\x1b[97;40m${row}\x1b[0m` : row);
  }
  return rows.join('\n');
}
