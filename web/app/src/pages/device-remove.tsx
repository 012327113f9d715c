/** Removing a device, after a question. */

import { useMutation } from '@tanstack/react-query';
import { Navigate, useNavigate, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { useDevice } from '../server/device-of.ts';
import { theCustomer } from '../service/customer.ts';
import { devicesQuery, queryClient, statusQuery } from '../service/queries.ts';
import { Button } from '../ui/button.tsx';
import { ErrorNotice, Notice } from '../ui/notice.tsx';
import { RouteDialog } from '../ui/route-dialog.tsx';

export function RemoveDeviceDialog() {
  const navigate = useNavigate();
  const { server, device: slot } = useParams({ from: '/session/shell/owner/servers/$server/devices/$device/remove' });
  const { device: current, missing } = useDevice(server, slot);
  const [first] = useState(current);
  const device = current ?? first;
  const close = () => navigate({ to: '/servers/$server', params: { server }, replace: true });
  const remove = useMutation({
    mutationFn: () => theCustomer().removeDevice(device!.key, server),
    onSuccess: async ({ applied }) => {
      if (applied) await close();
      await Promise.all([
        queryClient.invalidateQueries(devicesQuery(server)),
        queryClient.invalidateQueries(statusQuery(server)),
      ]);
    },
  });
  if (!device) return missing ? <Navigate to="/servers/$server" params={{ server }} replace /> : null;
  if (remove.data?.applied === false) {
    return (
      <RouteDialog title={`${device.name} is off the list`} onClose={close}>
        <Notice kind="caution">
          <p>Your server has not confirmed it yet. Until it does, the device may still be connected.</p>
        </Notice>
        <div className="actions">
          <Button onClick={close}>Close</Button>
        </div>
      </RouteDialog>
    );
  }
  return (
    <RouteDialog
      alert
      busy={remove.isPending}
      onClose={close}
      title={`Remove ${device.name}?`}
      description="Its tunnel stops working at once. To use it again you add it as a new device."
    >
      <ErrorNotice error={remove.error} />
      <div className="actions">
        <Button look="plain" onClick={close}>
          Keep it
        </Button>
        <Button look="danger" busy={remove.isPending} busyText="Removing…" onClick={() => remove.mutate()}>
          Remove
        </Button>
      </div>
    </RouteDialog>
  );
}
