/** The frame of the pages before the sign-in is complete: the river beside a form. */

import type { ReactNode } from 'react';
import { Mark } from './mark.tsx';
import { RiverWater } from './river.tsx';

const POINTS = [
  'One server for you alone. It runs in memory and nobody else is on it.',
  'Your server keeps no log. While you are connected it holds, in memory, your current address and the time of the last handshake.',
  'Your keys are made in this browser. The service never has them, and cannot add a device to your server.',
];

export function Welcome({ children }: { children: ReactNode }) {
  return (
    <div className="welcome">
      <header className="river">
        <RiverWater />
        <a href="/" className="brand">
          <Mark />
          Lethe
        </a>
        <p className="river-title">A server of your own that forgets.</p>
        <ul className="river-points">
          {POINTS.map((point) => (
            <li key={point}>{point}</li>
          ))}
        </ul>
      </header>
      <main className="welcome-main">
        <div className="welcome-form">{children}</div>
      </main>
    </div>
  );
}
