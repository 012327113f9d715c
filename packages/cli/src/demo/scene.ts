/** What the steps of the demo share. */

import { LetheError } from '@lethe/core';
import type { Device, TestInternet } from '@lethe/testkit';
import type { Checks } from './checks.ts';
import type { Customer, ServerInfo } from './customer.ts';
import type { Service } from './service.ts';

export interface Scene {
  net: TestInternet;
  service: Service;
  /** First customer, with a phone whose uplink is IPv4 and a laptop whose uplink is IPv6. */
  anna: Customer;
  /** Second customer. */
  ben: Customer;
  /** Filled by the steps as they succeed. */
  server?: ServerInfo;
  phone?: Device;
  laptop?: Device;
  /** Addresses of the link between host and first server, both ends. */
  link?: string[];
  /** Forwarding settings of the host namespace before the service started. */
  forwardingBefore?: string;
}

export interface Step {
  id: string;
  title: string;
  run(scene: Scene, checks: Checks): Promise<void>;
}

/** A part of the scene that an earlier step made. */
export function made<K extends keyof Scene>(scene: Scene, key: K): NonNullable<Scene[K]> {
  const value = scene[key];
  if (value === undefined) throw new LetheError('internal', 'An earlier step of the demo did not finish.');
  return value as NonNullable<Scene[K]>;
}

/** The forwarding switches of the host namespace, which the service sets and puts back. */
export async function forwarding(net: TestInternet): Promise<string> {
  const files = ['ipv4/ip_forward', 'ipv6/conf/all/forwarding', 'ipv6/conf/eth0/accept_ra'];
  return (
    await net.exec(
      'host',
      'cat',
      files.map((file) => `/proc/sys/net/${file}`),
    )
  ).stdout.replaceAll('\n', ' ');
}
