/** Asking for a server: a name, a place, and the kind of machine where there is a choice. */

import type { Region } from '@lethe/api/schema';
import { type EngineKind, LetheError } from '@lethe/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { theCustomer } from '../service/customer.ts';
import { queryClient, regionsQuery, serversQuery } from '../service/queries.ts';
import { markAsked } from '../service/started.ts';
import { Button } from '../ui/button.tsx';
import { Choice } from '../ui/choice.tsx';
import { Icon } from '../ui/icons.tsx';
import { Loading } from '../ui/loading.tsx';
import { ErrorNotice, Notice } from '../ui/notice.tsx';
import { PageTitle } from '../ui/page-title.tsx';
import { TextField } from '../ui/text-field.tsx';
import { errorWords, hasCode } from '../words/errors.ts';
import { ENGINES } from '../words/server.ts';

type Engine = 'auto' | EngineKind;
interface Wanted {
  name: string;
  region: string;
  engine: Engine;
}

export function NewServerPage() {
  const regions = useQuery(regionsQuery);
  return (
    <div className="page">
      <div className="stack stack-tight">
        <Link to="/servers" className="back">
          <Icon name="back" />
          Your servers
        </Link>
        <PageTitle>Get a server</PageTitle>
        <p className="soft prose">
          It is started for you alone and runs in memory. Nobody else uses it, and it ends when you delete it or when
          its lease is over.
        </p>
      </div>
      {regions.isPending && <Loading>Looking where there is room…</Loading>}
      <ErrorNotice error={regions.error} retry={regions.refetch} />
      {regions.data?.length === 0 && (
        <Notice kind="caution">
          <p>No host is connected to this service yet, so there is nowhere to start a server. Try again in a moment.</p>
          <Button look="plain" onClick={() => regions.refetch()}>
            Look again
          </Button>
        </Notice>
      )}
      {regions.data && regions.data.length > 0 && <NewServerForm regions={regions.data} />}
    </div>
  );
}

/**
 * Asks without waiting for the server to be ready: its own page shows that. An answer that did not come in time leaves an
 * unfinished server in the vault, whose page offers to go on.
 */
async function ask(wanted: Wanted): Promise<string> {
  const options = { region: wanted.region, engine: wanted.engine, name: wanted.name.trim(), waitMs: 0 };
  const created = await theCustomer()
    .createServer(options)
    .catch((error: unknown) => {
      if (error instanceof LetheError && error.code === 'timeout') return theCustomer().server(options.name);
      throw error;
    });
  return created.id;
}

function NewServerForm({ regions }: { regions: Region[] }) {
  const navigate = useNavigate();
  const free = regions.find((one) => one.available) ?? regions[0]!;
  const [wanted, setWanted] = useState<Wanted>({ name: 'Home', region: free.id, engine: 'auto' });
  const region = regions.find((one) => one.id === wanted.region) ?? free;
  const only = region.engines.length === 1 ? region.engines[0] : undefined;
  const set = (change: Partial<Wanted>) => setWanted((old) => ({ ...old, ...change }));
  const create = useMutation({
    mutationFn: () => ask(wanted),
    onSuccess: async (server) => {
      markAsked(server);
      await queryClient.invalidateQueries(serversQuery);
      await navigate({ to: '/servers/$server', params: { server }, replace: true });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    create.mutate();
  };
  const badName = hasCode(create.error, 'bad_request', 'already_exists');
  return (
    <form className="card stack" onSubmit={submit} noValidate>
      <TextField
        label="Name"
        hint="Only you can read it. The service keeps it encrypted."
        name="name"
        autoComplete="off"
        maxLength={40}
        required
        value={wanted.name}
        onValueChange={(name) => set({ name })}
        error={badName ? errorWords(create.error) : undefined}
      />
      <fieldset className="field">
        <legend className="legend">Place</legend>
        {regions.map((one) => (
          <Choice
            key={one.id}
            name="region"
            value={one.id}
            checked={wanted.region === one.id}
            disabled={!one.available}
            onChoose={(id) => set({ region: id, engine: 'auto' })}
            label={one.name}
            detail={one.available ? undefined : 'No host is free here at the moment.'}
          />
        ))}
      </fieldset>
      {region.engines.length > 1 && (
        <EngineChoice region={region} engine={wanted.engine} onChoose={(engine) => set({ engine })} />
      )}
      {only && (
        <p className="small soft">
          Kind of machine here: {ENGINES[only].name.toLowerCase()}. {ENGINES[only].detail}
        </p>
      )}
      <ErrorNotice error={badName ? null : create.error} />
      <div className="actions actions-wide">
        <Button type="submit" busy={create.isPending} busyText="Asking for it…">
          Get this server
        </Button>
      </div>
    </form>
  );
}

function EngineChoice({
  region,
  engine,
  onChoose,
}: {
  region: Region;
  engine: Engine;
  onChoose: (engine: Engine) => void;
}) {
  const chosen = engine === 'auto' ? region.defaultEngine : engine;
  return (
    <fieldset className="field">
      <legend className="legend">Kind of machine</legend>
      {region.engines.map((kind) => (
        <Choice
          key={kind}
          name="engine"
          value={kind}
          checked={chosen === kind}
          onChoose={() => onChoose(kind)}
          label={kind === region.defaultEngine ? `${ENGINES[kind].name} (usual here)` : ENGINES[kind].name}
          detail={ENGINES[kind].detail}
        />
      ))}
    </fieldset>
  );
}
