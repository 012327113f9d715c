/** Devices in addresses of the page: by the last number of their tunnel address, which is short and names nobody. */

import type { Device } from '@lethe/api/devices';
import { useQuery } from '@tanstack/react-query';
import { devicesQuery } from '../service/queries.ts';

export const slotOfDevice = (device: Device): string => device.ipv4.slice(device.ipv4.lastIndexOf('.') + 1);

/** The device an address means; undefined while it is not known or if there is none. */
export function useDevice(server: string, slot: string): { device: Device | undefined; missing: boolean } {
  const devices = useQuery(devicesQuery(server));
  const device = devices.data?.find((one) => slotOfDevice(one) === slot);
  return { device, missing: devices.isSuccess && !device };
}
