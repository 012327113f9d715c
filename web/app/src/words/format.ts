/** Numbers and times in words. */

const DAY = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' });

/** `12 December 2026` for `2026-12-12`. */
export const dayWords = (day: string): string => DAY.format(new Date(`${day}T00:00:00Z`));

export const count = (number: number, one: string, many = `${one}s`): string =>
  `${number} ${number === 1 ? one : many}`;

/** A length of time in its largest sensible unit, rounded down. */
export function spanWords(seconds: number): string {
  if (seconds < 60) return count(Math.floor(seconds), 'second');
  if (seconds < 3600) return count(Math.floor(seconds / 60), 'minute');
  if (seconds < 86_400) return count(Math.floor(seconds / 3600), 'hour');
  return count(Math.floor(seconds / 86_400), 'day');
}

const UNITS = ['bytes', 'kB', 'MB', 'GB', 'TB'];

/** An amount of data in powers of 1000, with at most one decimal. */
export function sizeWords(bytes: number): string {
  let unit = 0;
  let amount = bytes;
  while (amount >= 999.5 && unit < UNITS.length - 1) {
    amount /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || amount >= 99.95 ? 0 : 1;
  return `${amount.toFixed(digits)} ${UNITS[unit]}`;
}
