/** What a drill plants and then looks for. */

/** Words a customer sends inside the tunnel: a DNS label, the Host of a request, the SNI of a TLS hello, the payload of a datagram. */
export type ContentKind = 'dns' | 'host' | 'sni' | 'udp';

export type Marker =
  | { id: string; kind: ContentKind; text: string }
  /** Where the customer's traffic goes, or where the customer dials from: address with the port that was used. */
  | { id: string; kind: 'destination' | 'identity'; address: string; port: number }
  /** A device's WireGuard public key, 32 bytes. */
  | { id: string; kind: 'identity'; key: Uint8Array };

/** One way in which a marker may lie in memory. */
export interface Pattern {
  /** Id of the marker. */
  marker: string;
  encoding: string;
  bytes: Uint8Array;
  /** True if letters match in both cases. */
  anyCase: boolean;
}

/** How many hits in `size` bytes of evenly random memory would be pure chance. */
export function chanceHits(pattern: Pattern, size: number): number {
  const letters = pattern.anyCase ? pattern.bytes.filter(isLetter).length : 0;
  return size / 2 ** (8 * pattern.bytes.length - letters);
}

export const isLetter = (byte: number): boolean => (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a;
