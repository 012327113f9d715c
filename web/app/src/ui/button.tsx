/** Buttons and links that look like them. A busy button keeps its place, its focus and says that it works. */

import type { ComponentProps, ReactNode } from 'react';

export type ButtonLook = 'primary' | 'plain' | 'quiet' | 'danger' | 'danger-plain';
export const buttonClass = (look: ButtonLook): string => (look === 'primary' ? 'button' : `button button-${look}`);

interface Props extends ComponentProps<'button'> {
  look?: ButtonLook;
  busy?: boolean;
  /** What the button says while it is busy. */
  busyText?: string;
  children: ReactNode;
}

export function Button({
  look = 'primary',
  busy = false,
  busyText,
  children,
  onClick,
  type = 'button',
  ...rest
}: Props) {
  return (
    <button
      {...rest}
      type={busy ? 'button' : type}
      className={buttonClass(look)}
      aria-disabled={busy || undefined}
      onClick={busy ? (event) => event.preventDefault() : onClick}
    >
      {busy && <span className="spinner" aria-hidden="true" />}
      {busy ? (busyText ?? children) : children}
    </button>
  );
}
