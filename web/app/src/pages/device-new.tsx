/** Adding a device: a name, then its settings as a QR code and a file, shown this once. */

import type { Changed, DeviceConfig } from '@lethe/api/devices';
import { useMutation } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { type FormEvent, useEffect, useRef, useState } from 'react';
import { Handover } from '../server/handover.tsx';
import { store, theCustomer } from '../service/customer.ts';
import { devicesQuery, queryClient, serverQuery, statusQuery } from '../service/queries.ts';
import { Button } from '../ui/button.tsx';
import { Icon } from '../ui/icons.tsx';
import { ErrorNotice } from '../ui/notice.tsx';
import { PageTitle } from '../ui/page-title.tsx';
import { TextField } from '../ui/text-field.tsx';
import { errorWords, hasCode } from '../words/errors.ts';

export interface Made extends Changed {
  config: DeviceConfig;
}

export function NewDevicePage() {
  const { server } = useParams({ from: '/session/shell/owner/servers/$server/devices/new' });
  const add = useAddDevice(server);
  return (
    <div className="page">
      {add.data ? (
        <Handover made={add.data} />
      ) : (
        <NameForm server={server} error={add.error} busy={add.isPending} onName={add.mutate} />
      )}
    </div>
  );
}

/**
 * Makes the key pair here, publishes the signed list, and writes the settings with the private key that only this page has. If the
 * settings cannot be written because the service was lost in between, another try goes on with the same device. Leaving the page
 * forgets the private key.
 */
function useAddDevice(server: string) {
  const added = useRef<Changed>(null);
  useEffect(
    () => () => {
      if (added.current) store.saveDeviceKey(added.current.device.key, null);
    },
    [],
  );
  return useMutation({
    mutationFn: async (name: string): Promise<Made> => {
      added.current ??= await theCustomer().addDevice({ server, name });
      const config = await theCustomer().deviceConfig(added.current.device.key, { server });
      return { ...added.current, config };
    },
    gcTime: 0,
    onSettled: () =>
      Promise.all([
        queryClient.invalidateQueries(devicesQuery(server)),
        queryClient.invalidateQueries(statusQuery(server)),
        queryClient.invalidateQueries(serverQuery(server)),
      ]),
  });
}

interface FormProps {
  server: string;
  error: unknown;
  busy: boolean;
  onName: (name: string) => void;
}

function NameForm({ server, error, busy, onName }: FormProps) {
  const [name, setName] = useState('');
  const [empty, setEmpty] = useState(false);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setEmpty(name.trim() === '');
    if (name.trim() !== '') onName(name);
  };
  const badName = hasCode(error, 'bad_request', 'already_exists');
  const nameError = empty ? 'Give it a name first.' : badName ? errorWords(error) : undefined;
  return (
    <>
      <div className="stack stack-tight">
        <Link to="/servers/$server" params={{ server }} className="back">
          <Icon name="back" />
          Your server
        </Link>
        <PageTitle>Add a device</PageTitle>
        <p className="soft prose">
          Its keys are made here in your browser. Your server and the service only ever get the public half.
        </p>
      </div>
      <form className="card stack" onSubmit={submit} noValidate>
        <TextField
          label="Name"
          hint="For example “Phone”. Only you can read it."
          autoComplete="off"
          maxLength={40}
          required
          autoFocus
          value={name}
          onValueChange={setName}
          error={nameError}
        />
        <ErrorNotice error={badName ? null : error} />
        <div className="actions actions-wide">
          <Button type="submit" busy={busy} busyText="Telling your server…">
            Add it
          </Button>
        </div>
      </form>
    </>
  );
}
