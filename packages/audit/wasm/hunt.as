/**
 * AssemblyScript, compiled to `hunt.wasm` by `build.ts`: searches a buffer for many patterns at once. Every pattern has a window of
 * four bytes and a bucket; the tables hold, for each of the four places and each half of a byte, the buckets whose windows allow it.
 * Sixteen places are looked at together (the "Teddy" method); what is left is compared in full.
 *
 * `tables`: 8 x 16 bytes, low and high half for each place. `buckets`: 8 x (first entry u32, count u32). An entry is 7 x u32: window,
 * window mask, offset of the window in the pattern, length, address of the pattern, address of its mask, id. A hit is 2 x u32: id,
 * place of the first byte in the buffer. `end` must have 64 readable bytes behind it.
 */

@inline
function place(at: usize, low: v128, high: v128): v128 {
  const bytes = v128.load(at);
  const nibble = i8x16.splat(15);
  return v128.and(
    i8x16.relaxed_swizzle(low, v128.and(bytes, nibble)),
    i8x16.relaxed_swizzle(high, v128.and(i16x8.shr_u(bytes, 4), nibble)),
  );
}

/** Where the search stopped: `end`, or earlier if the hits are full. */
export let stopped: u32 = 0;

/** Searches [from, end) of a buffer that begins at `begin`; returns the number of hits written. */
export function hunt(
  begin: u32,
  from: u32,
  end: u32,
  tables: u32,
  buckets: u32,
  entries: u32,
  hits: u32,
  capacity: u32,
): u32 {
  const l0 = v128.load(tables);
  const h0 = v128.load(tables, 16);
  const l1 = v128.load(tables, 32);
  const h1 = v128.load(tables, 48);
  const l2 = v128.load(tables, 64);
  const h2 = v128.load(tables, 80);
  const l3 = v128.load(tables, 96);
  const h3 = v128.load(tables, 112);
  const zero = i8x16.splat(0);
  let found: u32 = 0;
  let at: u32 = from;
  while (at < end) {
    // No window begins with a zero byte, so a stretch of zeros holds the beginning of none.
    if (
      !v128.any_true(
        v128.or(v128.or(v128.load(at), v128.load(at, 16)), v128.or(v128.load(at, 32), v128.load(at, 48))),
      )
    ) {
      at += 64;
      continue;
    }
    for (let part: u32 = 0; part < 64; part += 16) {
      const here = at + part;
      const some = v128.and(
        v128.and(place(here, l0, h0), place(here + 1, l1, h1)),
        v128.and(place(here + 2, l2, h2), place(here + 3, l3, h3)),
      );
      if (!v128.any_true(some)) continue;
      let lanes: u32 = ~i8x16.bitmask(i8x16.eq(some, zero)) & 0xffff;
      while (lanes != 0) {
        const lane = ctz(lanes);
        lanes &= lanes - 1;
        const window = here + lane;
        if (window >= end) break;
        const bytes = load<u32>(window);
        // The same four lookups for this one place name the buckets.
        let allowed: u32 =
          load<u8>(tables + (bytes & 15)) &
          load<u8>(tables + 16 + ((bytes >> 4) & 15)) &
          load<u8>(tables + 32 + ((bytes >> 8) & 15)) &
          load<u8>(tables + 48 + ((bytes >> 12) & 15)) &
          load<u8>(tables + 64 + ((bytes >> 16) & 15)) &
          load<u8>(tables + 80 + ((bytes >> 20) & 15)) &
          load<u8>(tables + 96 + ((bytes >> 24) & 15)) &
          load<u8>(tables + 112 + (bytes >> 28));
        while (allowed != 0) {
          const bucket = ctz(allowed);
          allowed &= allowed - 1;
          let entry = entries + 28 * load<u32>(buckets + 8 * bucket);
          const last = entry + 28 * load<u32>(buckets + 8 * bucket, 4);
          for (; entry < last; entry += 28) {
            if ((bytes & load<u32>(entry, 4)) != load<u32>(entry)) continue;
            const offset = load<u32>(entry, 8);
            const length = load<u32>(entry, 12);
            if (window < begin + offset || window - offset + length > end) continue;
            const first = window - offset;
            const pattern = load<u32>(entry, 16);
            const mask = load<u32>(entry, 20);
            let index: u32 = 0;
            while (index < length && (load<u8>(first + index) & load<u8>(mask + index)) == load<u8>(pattern + index)) {
              index += 1;
            }
            if (index < length) continue;
            store<u32>(hits + 8 * found, load<u32>(entry, 24));
            store<u32>(hits + 8 * found, first - begin, 4);
            found += 1;
            if (found == capacity) {
              stopped = window;
              return found;
            }
          }
        }
      }
    }
    at += 64;
  }
  stopped = end;
  return found;
}
