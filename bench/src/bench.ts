/** What a measurement is. */

export interface Measurement {
  /** Name in `goals.json`, or another for what is only shown. */
  metric: string;
  value: number;
  unit: string;
  /** Where the value lies with a confidence of 95 %, for what differs from round to round. */
  interval?: [number, number] | null;
}

export interface BenchContext {
  /** Shows what is going on, on stderr. */
  progress(text: string): void;
  /** Only this engine, where a measurement has several; null for all. */
  engine: string | null;
  /** Rounds in place of the measurement's own number; null for that. */
  rounds: number | null;
}

export interface Bench {
  description: string;
  run(context: BenchContext): Promise<Measurement[]>;
}
