/** Lines, quotes and comments, as several syntaxes share them. */

/** Without a byte order mark; NUL and a CR within a line become spaces. */
export const clean = (text: string): string =>
  text
    .replace(/^\uFEFF/, '')
    .replaceAll('\r\n', '\n')
    .replaceAll(/[\r\0]/g, ' ');

export const linesOf = (text: string): string[] => clean(text).split('\n');

/** Without quotes if one pair of them holds the whole value; `''` and `\'` inside stand for the quote. */
export function unquote(value: string): string {
  const quote = value[0];
  if ((quote !== '"' && quote !== "'") || value.length < 2 || value.at(-1) !== quote) return value;
  const inside = value
    .slice(1, -1)
    .replaceAll(quote + quote, quote)
    .replaceAll(`\\${quote}`, quote);
  const alone = value
    .slice(1, -1)
    .replaceAll(`\\${quote}`, '')
    .replaceAll(quote + quote, '');
  return alone.includes(quote) ? value : inside;
}

/**
 * The line up to a comment. A comment starts with one of `marks` at the start of a word and outside quotes; a quote that is never closed
 * quotes nothing.
 */
export function withoutComment(line: string, marks: string): string {
  const last: Record<string, number> = { '"': line.lastIndexOf('"'), "'": line.lastIndexOf("'") };
  let quote = '';
  for (let at = 0; at < line.length; at++) {
    const char = line[at]!;
    if (quote) {
      if (char === '\\') at++;
      else if (char === quote) quote = '';
    } else if ((char === '"' || char === "'") && last[char]! > at && /[\s=(,]|^$/.test(line[at - 1] ?? ''))
      quote = char;
    else if (marks.includes(char) && (at === 0 || /\s/.test(line[at - 1]!))) return line.slice(0, at).trim();
  }
  return line.trim();
}
