/** The devices of a server, each with its live state. */

import { MAX_DEVICES } from '@lethe/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { devicesQuery } from '../service/queries.ts';
import { Icon } from '../ui/icons.tsx';
import { Loading } from '../ui/loading.tsx';
import { ErrorNotice } from '../ui/notice.tsx';
import { DeviceRow } from './device-row.tsx';
import type { Live } from './live.ts';

export function Devices({ server, live }: { server: string; live: Live }) {
  const devices = useQuery(devicesQuery(server));

  const full = (devices.data?.length ?? 0) >= MAX_DEVICES;
  return (
    <section className="stack" aria-labelledby="devices">
      <div className="section-head">
        <h2 id="devices">Devices</h2>
        {devices.data && devices.data.length > 0 && !full && <AddLink server={server} />}
      </div>
      {devices.isPending && <Loading />}
      <ErrorNotice error={devices.error} retry={devices.refetch} />
      {devices.data?.length === 0 && <NoDevices server={server} />}
      {devices.data && devices.data.length > 0 && (
        <ul className="card device-list">
          {devices.data.map((device) => (
            <DeviceRow key={device.key} device={device} live={live} />
          ))}
        </ul>
      )}
      {full && <p className="small soft">A server takes at most {MAX_DEVICES} devices. Remove one to add another.</p>}
      {live.problem && (
        <p className="small soft" role="status">
          {live.problem}
        </p>
      )}
    </section>
  );
}

const AddLink = ({ server }: { server: string }) => (
  <Link to="/servers/$server/devices/new" params={{ server }} className="button">
    <Icon name="plus" />
    Add a device
  </Link>
);

function NoDevices({ server }: { server: string }) {
  return (
    <div className="card empty">
      <p className="soft prose">Your server is ready and waits. Add your phone or computer to use it.</p>
      <AddLink server={server} />
    </div>
  );
}
