/** Whether what the owner chose is in force: only the server itself can say so. */

import { Button } from '../ui/button.tsx';
import { Notice } from '../ui/notice.tsx';
import { State } from '../ui/state.tsx';
import type { Live } from './live.ts';

interface Props {
  live: Live;
  sending: boolean;
  /** What became of the last change made here; undefined if there was none. */
  applied: boolean | undefined;
}

export function InForce({ live, sending, applied }: Props) {
  return <span role="status">{stateOf({ live, sending, applied })}</span>;
}

function stateOf({ live, sending, applied }: Props) {
  if (sending) return <State look="moving">Sending, sealed…</State>;
  if (isKept(live, applied)) return <State look="unknown">Not in force yet</State>;
  if (live.status) return <State look="online">In force</State>;
  return <State look="unknown">{live.looking ? 'Looking…' : 'Not known'}</State>;
}

/** True if the newest choices are known not to be in force. */
const isKept = ({ status }: Live, applied: boolean | undefined): boolean =>
  status ? !status.settingsCurrent : applied === false;

export function Kept({ live, sending, applied, again }: Props & { again: () => void }) {
  if (sending || !isKept(live, applied)) return null;
  return (
    <Notice kind="caution">
      <p>
        {live.status
          ? 'Your choices are kept, but your server does not have the newest ones yet.'
          : 'Your choices are kept. Your server does not answer now, so they are not in force yet.'}
      </p>
      <Button look="plain" onClick={again}>
        Send them again
      </Button>
    </Notice>
  );
}
