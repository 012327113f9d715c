/** Giving a device another name. */

import type { Device } from '@lethe/api/devices';
import { useMutation } from '@tanstack/react-query';
import { Navigate, useNavigate, useParams } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { useDevice } from '../server/device-of.ts';
import { theCustomer } from '../service/customer.ts';
import { devicesQuery, queryClient } from '../service/queries.ts';
import { Button } from '../ui/button.tsx';
import { ErrorNotice } from '../ui/notice.tsx';
import { RouteDialog } from '../ui/route-dialog.tsx';
import { TextField } from '../ui/text-field.tsx';
import { errorWords, hasCode } from '../words/errors.ts';

export function RenameDeviceDialog() {
  const { server, device: slot } = useParams({ from: '/session/shell/owner/servers/$server/devices/$device/rename' });
  const { device, missing } = useDevice(server, slot);
  if (missing) return <Navigate to="/servers/$server" params={{ server }} replace />;
  return device ? <Rename device={device} /> : null;
}

function Rename({ device }: { device: Device }) {
  const navigate = useNavigate();
  const server = device.server.id;
  const [name, setName] = useState(device.name);
  const close = () => navigate({ to: '/servers/$server', params: { server }, replace: true });
  const rename = useMutation({
    mutationFn: () => theCustomer().renameDevice(device.key, name, server),
    onSuccess: async () => {
      await queryClient.invalidateQueries(devicesQuery(server));
      await close();
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    rename.mutate();
  };
  const badName = hasCode(rename.error, 'bad_request', 'already_exists');
  return (
    <RouteDialog title="Rename device" busy={rename.isPending} onClose={close}>
      <form className="stack" onSubmit={submit} noValidate>
        <TextField
          label="Name"
          hint="Only you can read it."
          autoComplete="off"
          maxLength={40}
          value={name}
          onValueChange={setName}
          error={badName ? errorWords(rename.error) : undefined}
        />
        <ErrorNotice error={badName ? null : rename.error} />
        <div className="actions">
          <Button look="plain" onClick={close}>
            Cancel
          </Button>
          <Button type="submit" busy={rename.isPending} busyText="Saving…">
            Save
          </Button>
        </div>
      </form>
    </RouteDialog>
  );
}
