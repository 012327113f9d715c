/** A few hundred values by the hash of a name: open addressing, so that a lookup makes no garbage. */

const SLOTS = 1024;

export class RuleTable<Value> {
  readonly #keys = new Uint32Array(2 * SLOTS);
  readonly #values: (Value | undefined)[] = Array.from({ length: SLOTS });
  #size = 0;

  /** Sets or replaces. Throws a RangeError when half of the room is taken. */
  set([high, low]: readonly [number, number], value: Value): void {
    const slot = this.#find(high, low);
    if (this.#values[slot] === undefined) this.#size += 1;
    if (this.#size > SLOTS / 2) throw new RangeError('There are too many rules.');
    this.#keys[2 * slot] = high;
    this.#keys[2 * slot + 1] = low;
    this.#values[slot] = value;
  }

  get(high: number, low: number): Value | undefined {
    return this.#values[this.#find(high, low)];
  }

  /** The slot of a hash, or the free one where it belongs. */
  #find(high: number, low: number): number {
    let slot = low % SLOTS;
    while (this.#values[slot] !== undefined && !(this.#keys[2 * slot] === high && this.#keys[2 * slot + 1] === low))
      slot = (slot + 1) % SLOTS;
    return slot;
  }
}
