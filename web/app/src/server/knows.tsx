/** What the server holds in memory at this moment, as far as this page asks for it, and what it says about itself. */

import type { LiveDevice } from '@lethe/api/live-status';
import { Icon } from '../ui/icons.tsx';
import { sizeWords, spanWords } from '../words/format.ts';
import type { Live } from './live.ts';

export function Knows({ live: { status } }: { live: Live }) {
  return (
    <section className="stack stack-tight" aria-labelledby="knows">
      <h2 id="knows">What your server knows</h2>
      <p className="prose">
        Your server keeps no log. While you are connected it holds, in memory, your current address and the time of the
        last handshake.
      </p>
      <details>
        <summary>
          <Icon name="forward" />
          Look at it now
        </summary>
        {status ? (
          <div className="stack">
            <Known devices={status.devices} />
            <p className="small soft prose">
              The server was started {spanWords(status.uptimeS)} ago; everything above counts from then. It was read
              from its memory for you and sealed to your key, so the service passed it on without being able to open it.
              The address a device comes from is not in this answer.
            </p>
          </div>
        ) : (
          <p className="soft">It could not be asked just now.</p>
        )}
      </details>
    </section>
  );
}

function Known({ devices }: { devices: LiveDevice[] }) {
  if (devices.length === 0) return <p className="soft">It knows no device.</p>;
  return (
    <ul className="known numbers">
      {devices.map((device) => (
        <li key={device.key}>
          <strong>{device.name}</strong>
          <p className="small soft">
            {device.handshakeAgeS === null ? 'No connection yet.' : traffic(device, device.handshakeAgeS)}
          </p>
        </li>
      ))}
    </ul>
  );
}

const traffic = (device: LiveDevice, ageS: number): string =>
  `Last handshake ${spanWords(ageS)} ago. ${sizeWords(device.sentBytes)} sent to it, ${sizeWords(device.receivedBytes)} received from it.`;
