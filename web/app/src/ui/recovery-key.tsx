/** The recovery key as text, with ways to take it along. */

import { useQuery } from '@tanstack/react-query';
import { recoveryKeyQuery } from '../service/queries.ts';
import { Loading } from './loading.tsx';
import { ErrorNotice } from './notice.tsx';
import { CopyButton, DownloadButton } from './save.tsx';

const fileText = (key: string): string => `Lethe recovery key

${key}

Whoever has this key controls your servers. Keep it where you keep passwords.
To use it: sign in with your e-mail in a new browser and paste the key when asked.
`;

export function RecoveryKey() {
  const key = useQuery(recoveryKeyQuery);
  if (key.isPending) return <Loading>Reading the key…</Loading>;
  if (!key.data) return <ErrorNotice error={key.error} retry={key.refetch} />;
  return (
    <div className="stack">
      <code className="key-text" translate="no">
        {key.data}
      </code>
      <div className="actions">
        <DownloadButton text={fileText(key.data)} fileName="lethe-recovery-key.txt">
          Save as a file
        </DownloadButton>
        <CopyButton text={key.data}>Copy</CopyButton>
      </div>
    </div>
  );
}
