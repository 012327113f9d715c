/** What the bench tells its plain WireGuard server to be: an ordinary one, as its owner would set it up by hand with `wg`. */

export interface PlainOrder {
  type: 'plain';
  /** Commands for `ip -batch`: addresses and default routes of eth0. */
  uplink: string;
  /** Text for `wg setconf`. */
  conf: string;
  /** Commands for `ip -batch`, after the interface exists. */
  addresses: string;
}

export const PLAIN_SERVER = { ipv4: '10.66.0.1/24', ipv6: 'fd66:6c65:7468:65::1/64', mtu: 1420, port: 51820 } as const;
export const PLAIN_DEVICE = { ipv4: '10.66.0.2', ipv6: 'fd66:6c65:7468:65::2' } as const;
