/** Ways to take text out of the page: the clipboard and a file. Neither leaves a copy in the page. */

import { useEffect, useState } from 'react';
import { Button, type ButtonLook } from './button.tsx';
import { Icon } from './icons.tsx';

export function CopyButton({ text, children, look = 'plain' }: { text: string; children: string; look?: ButtonLook }) {
  const [state, setState] = useState<'idle' | 'done' | 'refused'>('idle');
  useEffect(() => {
    if (state === 'idle') return;
    const timer = setTimeout(() => setState('idle'), 4000);
    return () => clearTimeout(timer);
  }, [state]);
  const copy = () =>
    navigator.clipboard.writeText(text).then(
      () => setState('done'),
      () => setState('refused'),
    );
  return (
    <Button look={look} onClick={copy}>
      <Icon name={state === 'done' ? 'check' : 'copy'} />
      <span aria-live="polite">
        {{ idle: children, done: 'Copied', refused: 'Not allowed: copy it by hand' }[state]}
      </span>
    </Button>
  );
}

interface DownloadProps {
  text: string;
  fileName: string;
  children: string;
  look?: ButtonLook;
  onSaved?: () => void;
}

export function DownloadButton({ text, fileName, children, look = 'primary', onSaved }: DownloadProps) {
  const save = () => {
    const url = URL.createObjectURL(new Blob([text], { type: 'application/octet-stream' }));
    const link = document.createElement('a');
    link.href = url;
    link.download = fileName;
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
    onSaved?.();
  };
  return (
    <Button look={look} onClick={save}>
      <Icon name="download" />
      {children}
    </Button>
  );
}
