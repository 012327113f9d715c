/** A block that tells something: information, caution or an error. Errors are announced. */

import type { ReactNode } from 'react';
import { errorWords } from '../words/errors.ts';
import { Button } from './button.tsx';
import { Icon } from './icons.tsx';

const KINDS = {
  info: ['notice', 'info'],
  caution: ['notice notice-caution', 'caution'],
  error: ['notice notice-error', 'caution'],
} as const;

export function Notice({ kind = 'info', children }: { kind?: keyof typeof KINDS; children: ReactNode }) {
  const [className, icon] = KINDS[kind];
  return (
    <div className={className} role={kind === 'error' ? 'alert' : undefined}>
      <Icon name={icon} />
      <div className="notice-body">{children}</div>
    </div>
  );
}

/** An error in words, with a way to try again where there is one. Nothing while there is no error. */
export function ErrorNotice({ error, retry }: { error: unknown; retry?: () => void }) {
  if (!error) return null;
  return (
    <Notice kind="error">
      <p>{errorWords(error)}</p>
      {retry && (
        <Button look="plain" onClick={retry}>
          Try again
        </Button>
      )}
    </Notice>
  );
}
