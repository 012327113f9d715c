/** The one moment in which a device's settings, private key included, are shown. */

import { Link } from '@tanstack/react-router';
import type { Made } from '../pages/device-new.tsx';
import { Icon } from '../ui/icons.tsx';
import { Notice } from '../ui/notice.tsx';
import { PageTitle } from '../ui/page-title.tsx';
import { Qr } from '../ui/qr.tsx';
import { CopyButton, DownloadButton } from '../ui/save.tsx';
import { tunnelName } from '../words/tunnel-name.ts';

export function Handover({ made }: { made: Made }) {
  const { device, config, applied } = made;
  return (
    <>
      <div className="stack stack-tight">
        <PageTitle>{`Set up ${device.name}`}</PageTitle>
        <p className="soft prose">You need the WireGuard app on that device. It is free and made by others.</p>
      </div>
      <Notice kind="caution">
        <p>
          <strong>These settings are shown only now.</strong> They hold the private key of this device, which nobody
          else has. When you leave this page it is gone, unless you saved the file.
        </p>
      </Notice>
      {!applied && (
        <Notice>
          <p>Your server has not confirmed the new device yet. It can connect as soon as it has.</p>
        </Notice>
      )}
      <div className="card handover">
        <Qr text={config.text} label={`QR code with the settings of ${device.name}`} />
        <div className="stack">
          <h2>On a phone</h2>
          <ol className="steps">
            <li>Open WireGuard and tap +.</li>
            <li>Choose to scan a QR code and point the phone here.</li>
            <li>Give the tunnel a name and switch it on.</li>
          </ol>
          <h2>On a computer, or on this device</h2>
          <p>Save the file, then import it in WireGuard.</p>
          <div className="actions">
            <DownloadButton text={config.text} fileName={`${tunnelName(device.name)}.conf`}>
              Save the file
            </DownloadButton>
            <CopyButton text={config.text}>Copy</CopyButton>
          </div>
        </div>
      </div>
      <details>
        <summary>
          <Icon name="forward" />
          Show the settings as text
        </summary>
        <pre className="config" translate="no">
          {config.text}
        </pre>
      </details>
      <div>
        <Link to="/servers/$server" params={{ server: device.server.id }} className="button button-plain" replace>
          Done
        </Link>
      </div>
    </>
  );
}
