/** Time as a parameter: nothing in core reads the clock, so that tests and offline verification can choose it. */

export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number;
}

/** The calendar day of a time, as YYYY-MM-DD in UTC: the finest time the accounts and fleet planes may both store. */
export const dayOf = (milliseconds: number): string => new Date(milliseconds).toISOString().slice(0, 10);

/** The day a number of days after another. */
export const addDays = (day: string, days: number): string => dayOf(Date.parse(`${day}T00:00:00Z`) + days * 86_400_000);
