import type { Parley } from 'parley-client';
import { useParley } from 'parley-client/react';
import { useState } from 'preact/hooks';
import { useTexts } from '../app/i18n.ts';
import { Button, Dialog, Field, TextArea } from '../app/ui/index.ts';
import { words } from '../texts/common.ts';
import { useDoing } from './reading.ts';

export interface TextDialogProps {
  readonly title: string;
  readonly label: string;
  readonly hint?: string;
  readonly placeholder?: string;
  readonly value: string;
  readonly maxLength: number;
  /** Several lines. */
  readonly isLong?: boolean;
  /** It cannot be empty. */
  readonly isRequired?: boolean;
  /** Given the text without blanks around it. */
  readonly save: (parley: Parley, text: string) => Promise<unknown>;
  readonly onClose: () => void;
}

/** Asks for a text, and shows at it why it was refused. */
export function TextDialog({ title, label, hint, placeholder, value, maxLength, isLong = false, isRequired = false, save, onClose }: TextDialogProps) {
  const common = useTexts(words);
  const parley = useParley();
  const doing = useDoing();
  const [text, setText] = useState(value);
  const submit = async () => {
    if (await doing.run(() => save(parley, text.trim()))) onClose();
  };
  const field = { label, value: text, onInput: setText, maxLength, hint, placeholder: placeholder ?? '', error: doing.error?.message ?? null };
  return (
    <Dialog
      title={title}
      size={isLong ? 'normal' : 'small'}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{common.cancel}</Button>
          <Button tone="main" isBusy={doing.isBusy} disabled={isRequired && text.trim() === ''} onClick={() => void submit()}>
            {common.save}
          </Button>
        </>
      }
    >
      {isLong ? (
        <TextArea {...field} rows={8} />
      ) : (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            if (!isRequired || text.trim() !== '') void submit();
          }}
        >
          <Field {...field} />
        </form>
      )}
    </Dialog>
  );
}
