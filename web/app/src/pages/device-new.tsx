/** Adding a device: a name, then its settings as a QR code and a file, shown this once. */

import type { Changed, DeviceConfig } from '@lethe/api/devices';
import { useMutation } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { type FormEvent, useEffect, useState } from 'react';
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

/** Makes the key pair here, publishes the signed list, and writes the settings with the private key that only this page has. */
async function make(server: string, name: string): Promise<Made> {
  const changed = await theCustomer().addDevice({ server, name });
  const config = await theCustomer().deviceConfig(changed.device.key, { server });
  return { ...changed, config };
}

export function NewDevicePage() {
  const { server } = useParams({ from: '/session/shell/owner/servers/$server/devices/new' });
  const add = useMutation({
    mutationFn: (name: string) => make(server, name),
    gcTime: 0,
    onSettled: () =>
      Promise.all([
        queryClient.invalidateQueries(devicesQuery(server)),
        queryClient.invalidateQueries(statusQuery(server)),
        queryClient.invalidateQueries(serverQuery(server)),
      ]),
  });
  const key = add.data?.device.key;
  useEffect(() => {
    if (key) return () => void store.saveDeviceKey(key, null);
  }, [key]);
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
