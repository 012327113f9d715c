/** A dialog that is a page of its own in the address bar: opening it is a link, closing it goes back to the page below. */

import { AlertDialog } from '@base-ui/react/alert-dialog';
import { Dialog } from '@base-ui/react/dialog';
import type { ReactNode } from 'react';

interface Props {
  title: string;
  description?: ReactNode;
  /** For what cannot be undone: a click outside does not close it. */
  alert?: boolean;
  /** While true, the dialog stays: something is under way. */
  busy?: boolean;
  onClose: () => void;
  children: ReactNode;
}

export function RouteDialog({ title, description, alert = false, busy = false, onClose, children }: Props) {
  const Part = alert ? AlertDialog : Dialog;
  return (
    <Part.Root
      open
      onOpenChange={(open) => {
        if (!open && !busy) onClose();
      }}
    >
      <Part.Portal>
        <Part.Backdrop className="dialog-shade" />
        <Part.Popup className="dialog">
          <Part.Title>{title}</Part.Title>
          {description && (
            <Part.Description className="soft" render={<div />}>
              {description}
            </Part.Description>
          )}
          {children}
        </Part.Popup>
      </Part.Portal>
    </Part.Root>
  );
}
