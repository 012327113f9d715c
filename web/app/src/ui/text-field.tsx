/** A labelled text input with hint and error, tied together for assistive technology. */

import { Field } from '@base-ui/react/field';
import type { ComponentProps } from 'react';

interface Props extends Omit<ComponentProps<typeof Field.Control>, 'className'> {
  label: string;
  hint?: string | undefined;
  error?: string | undefined;
  look?: 'code';
}

export function TextField({ label, hint, error, look, ...input }: Props) {
  return (
    <Field.Root className="field" invalid={error !== undefined}>
      <Field.Label className="label">{label}</Field.Label>
      <Field.Control className={look === 'code' ? 'input input-code' : 'input'} {...input} />
      {hint && <Field.Description className="field-hint">{hint}</Field.Description>}
      {error && (
        <Field.Error className="field-error" match role="alert">
          {error}
        </Field.Error>
      )}
    </Field.Root>
  );
}
