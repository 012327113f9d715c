/** Everything the server holds about its owner at this moment, in its own signed words, with how long each is kept and what clears it. */

import type { LiveDevice, LiveStatus } from '@lethe/api/live-status';
import type { OwnerSettings } from '@lethe/api/settings';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { settingsQuery } from '../service/queries.ts';
import { Icon } from '../ui/icons.tsx';
import { blockedWords, categoryWords, ruleWords } from '../words/filter.ts';
import { sizeWords, spanWords } from '../words/format.ts';
import type { Live } from './live.ts';

export function Knows({ server, live: { status } }: { server: string; live: Live }) {
  const settings = useQuery(settingsQuery(server));
  return (
    <section className="stack stack-tight" aria-labelledby="knows">
      <h2 id="knows">What my server knows right now</h2>
      <p className="prose">
        Your server keeps no log. While you are connected it holds, in memory, your current address and the time of the
        last handshake.
      </p>
      <details>
        <summary>
          <Icon name="forward" />
          Look at it now
        </summary>
        {status && settings.data ? (
          <div className="stack">
            <Known status={status} settings={settings.data} />
            <p className="small soft prose">
              It keeps no list of names you looked up, of places you went to, or of when you were there. Devices and
              counts above were read from its memory for you and sealed to your key, so the service passed them on
              without being able to open them. The address a device comes from is not in this answer.
            </p>
          </div>
        ) : (
          <p className="soft">It could not be asked just now.</p>
        )}
      </details>
    </section>
  );
}

function Known({ status, settings }: { status: LiveStatus; settings: OwnerSettings }) {
  const silence = spanWords(settings.forgetAfterS);
  return (
    <ul className="known numbers">
      {status.devices.length === 0 && <Item name="Devices" now="It knows no device." kept={null} />}
      {status.devices.map((device) => (
        <Item
          key={device.key}
          name={device.name}
          now={device.handshakeAgeS === null ? 'No connection yet.' : traffic(device, device.handshakeAgeS)}
          kept={`Goes ${silence} after the last handshake, with the address it came from. Its key stays until you remove the device.`}
        />
      ))}
      <Item
        name="Open connections and resolver cache"
        now="Needed to carry traffic, without a record of it. Their contents are not in this answer."
        kept="Each goes when its time runs out, and all of it when the server forgets."
      />
      <Item
        name="Blocked lookups"
        now={`${capital(blockedWords(status.blocked))}, as one coarse number.`}
        kept="Goes when the server forgets."
      />
      <Item
        name="Your choices"
        now={`Blocks ${categoryWords(settings.filter.categories)}. Your own rules: ${ruleWords(settings.filter)}.${status.settingsCurrent ? '' : ' The server still has older ones.'}`}
        kept="Stays as long as the server, sealed on its host, so that it can start anew with them. Deleting the server clears it."
      />
      <Item
        name="Since it last forgot"
        now={`${capital(spanWords(status.uptimeS))}.`}
        kept={`It forgets when all devices were silent for ${silence}, when you say so, with every restart, and after a day at the latest.`}
      />
    </ul>
  );
}

const Item = ({ name, now, kept }: { name: ReactNode; now: string; kept: string | null }) => (
  <li>
    <strong>{name}</strong>
    <p className="small">{now}</p>
    {kept && <p className="small soft">{kept}</p>}
  </li>
);

const traffic = (device: LiveDevice, ageS: number): string =>
  `Last handshake ${spanWords(ageS)} ago. ${sizeWords(device.sentBytes)} sent to it, ${sizeWords(device.receivedBytes)} received from it.`;

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
