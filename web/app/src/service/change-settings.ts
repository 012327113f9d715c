/** Changes of what the owner chooses for a server: shown at once, sealed to the server one after another, and called in force only on its word. */

import type { OwnerSettings, SettingsChange } from '@lethe/api/settings';
import type { FilterChoices } from '@lethe/core';
import { useIsMutating, useMutation } from '@tanstack/react-query';
import { theCustomer } from './customer.ts';
import { queryClient, settingsQuery, statusQuery } from './queries.ts';

/** A change as a function of what is there, so that two quick ones do not undo each other. */
export type Change = Omit<SettingsChange, 'filter'> & { filter?: (filter: FilterChoices) => FilterChoices };

const keyOf = (server: string) => ['change-settings', server];

export function useChangeSettings(server: string) {
  // Anywhere in the page: the settings of a server are one document.
  const sending = useIsMutating({ mutationKey: keyOf(server) }) > 0;
  const saving = useMutation({
    mutationKey: keyOf(server),
    scope: { id: keyOf(server).join() },
    mutationFn: (change: Change) => theCustomer().changeSettings(change, server),
    onMutate: async (change) => {
      const { queryKey } = settingsQuery(server);
      await queryClient.cancelQueries({ queryKey });
      queryClient.setQueryData(queryKey, (old) => old && { ...old, ...applied(old, change) });
    },
    onSuccess: (settings) => noteInForce(server, settings.applied),
    onSettled: async () => {
      // Only after the last of several: an earlier answer does not know the later ones.
      if (queryClient.isMutating({ mutationKey: keyOf(server) }) > 1) return;
      await Promise.all([
        queryClient.invalidateQueries(settingsQuery(server)),
        queryClient.invalidateQueries(statusQuery(server)),
      ]);
    },
  });
  return { ...saving, sending };
}

const applied = (old: OwnerSettings, change: Change) => ({
  filter: change.filter ? change.filter(old.filter) : old.filter,
  forgetAfterS: change.forgetAfterS ?? old.forgetAfterS,
});

/** A status asked for before the change says nothing about it: it is dropped on the way, and corrected, without becoming younger, here. */
async function noteInForce(server: string, settingsCurrent: boolean): Promise<void> {
  const { queryKey } = statusQuery(server);
  await queryClient.cancelQueries({ queryKey });
  const updatedAt = queryClient.getQueryState(queryKey)?.dataUpdatedAt;
  queryClient.setQueryData(queryKey, (old) => old && { ...old, settingsCurrent }, { ...(updatedAt && { updatedAt }) });
}
