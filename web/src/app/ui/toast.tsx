import './toast.css';
import { signal } from '@preact/signals';
import { words } from '../../texts/common.ts';
import { useTexts } from '../i18n.ts';
import { IconButton } from './button.tsx';

interface Toast {
  readonly id: number;
  readonly text: string;
  readonly isError: boolean;
  readonly action: { readonly label: string; readonly run: () => void } | null;
}

const shown = signal<readonly Toast[]>([]);
let last = 0;

const dismiss = (id: number) => {
  shown.value = shown.value.filter((toast) => toast.id !== id);
};

export interface ToastOptions {
  readonly isError?: boolean;
  readonly action?: { readonly label: string; readonly run: () => void };
}

/** Says something for a few seconds: an error for longer. The same text is shown once. */
export function toast(text: string, { isError = false, action }: ToastOptions = {}): void {
  last += 1;
  const id = last;
  shown.value = [...shown.value.filter((other) => other.text !== text), { id, text, isError, action: action ?? null }].slice(-3);
  setTimeout(() => dismiss(id), isError || action ? 8000 : 4000);
}

/** Where toasts appear; once in the page. */
export function Toasts() {
  const t = useTexts(words);
  return (
    <div class="toasts" role="log" aria-live="polite">
      {shown.value.map(({ id, text, isError, action }) => (
        <div key={id} class={`toast${isError ? ' toast-error' : ''}`}>
          <span class="toast-text">{text}</span>
          {action ? (
            <button
              type="button"
              class="toast-action"
              onClick={() => {
                dismiss(id);
                action.run();
              }}
            >
              {action.label}
            </button>
          ) : null}
          <IconButton icon="close" label={t.close} size={16} onClick={() => dismiss(id)} />
        </div>
      ))}
    </div>
  );
}
