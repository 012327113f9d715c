/** One device in the list. */

import { Menu } from '@base-ui/react/menu';
import type { Device } from '@lethe/api/devices';
import { useNavigate } from '@tanstack/react-router';
import { Icon } from '../ui/icons.tsx';
import { State } from '../ui/state.tsx';
import { slotOfDevice } from './device-of.ts';
import { type Live, stateOf } from './live.ts';

export function DeviceRow({ device, live }: { device: Device; live: Live }) {
  const { look, word, detail } = stateOf(device, live);
  return (
    <li className="device">
      <div>
        <p className="device-name">{device.name}</p>
        <p className="device-state">
          <State look={look}>{word}</State>
          {detail && <span className="small soft numbers">{detail}</span>}
        </p>
      </div>
      <DeviceMenu device={device} />
    </li>
  );
}

function DeviceMenu({ device }: { device: Device }) {
  const navigate = useNavigate();
  const params = { server: device.server.id, device: slotOfDevice(device) };
  return (
    <Menu.Root modal={false}>
      <Menu.Trigger className="button button-icon" aria-label={`More for ${device.name}`}>
        <Icon name="more" />
      </Menu.Trigger>
      <Menu.Portal container={document.querySelector('main')}>
        <Menu.Positioner className="menu-place" align="end" sideOffset={4}>
          <Menu.Popup className="menu">
            <Menu.Item
              className="menu-item"
              onClick={() => navigate({ to: '/servers/$server/devices/$device/rename', params })}
            >
              Rename
            </Menu.Item>
            <Menu.Item
              className="menu-item menu-item-danger"
              onClick={() => navigate({ to: '/servers/$server/devices/$device/remove', params })}
            >
              Remove
            </Menu.Item>
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}
