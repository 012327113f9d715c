/** JSON as people write it. */

/** Strings whole; comments and commas before a closing bracket found. */
const PART = /"[^"\\]*(?:\\[\s\S][^"\\]*)*"?|\/\/[^\n]*|\/\*|,/g;

/** The text without comments, and without commas before `]` or `}`. Strings are left as they are. Never throws. */
export function withoutJsonComments(text: string): string {
  const pieces: string[] = [];
  let comma = -1;
  let from = 0;
  const keep = (piece: string): void => {
    if (piece.trim() !== '') {
      if (comma !== -1 && /^\s*[\]}]/.test(piece)) pieces[comma] = ' ';
      comma = -1;
    }
    pieces.push(piece);
  };
  PART.lastIndex = 0;
  for (let match = PART.exec(text); match; match = PART.exec(text)) {
    keep(text.slice(from, match.index));
    const [part] = match;
    if (part === '/*') {
      const end = text.indexOf('*/', PART.lastIndex);
      PART.lastIndex = end === -1 ? text.length : end + 2;
    } else if (part === ',') {
      comma = pieces.push(',') - 1;
    } else if (part.startsWith('"')) keep(part);
    from = PART.lastIndex;
  }
  keep(text.slice(from));
  return pieces.join('');
}
