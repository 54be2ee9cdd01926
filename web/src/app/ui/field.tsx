import './field.css';
import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';
import { Icon } from './icon.tsx';

interface Labelled {
  readonly label: string;
  /** Explains, below the field. */
  readonly hint?: ComponentChildren;
  /** What is wrong with it; null where nothing is. */
  readonly error?: string | null;
}

export interface FieldProps extends Labelled {
  readonly value: string;
  readonly onInput: (value: string) => void;
  /** Default: text. */
  readonly type?: keyof typeof kinds;
  readonly name?: string;
  readonly autocomplete?: string;
  readonly placeholder?: string;
  readonly maxLength?: number;
  readonly required?: boolean;
  readonly disabled?: boolean;
  readonly autofocus?: boolean;
  readonly min?: number | string;
  readonly max?: number | string;
  readonly lang?: string;
  /** The label is only read out. */
  readonly isLabelUnseen?: boolean;
}

const kinds = {
  text: { type: 'text' },
  password: { type: 'password' },
  search: { type: 'search' },
  number: { type: 'number' },
  date: { type: 'date' },
  'datetime-local': { type: 'datetime-local' },
} as const;

/** One line to fill in, with its label, a hint and what is wrong. */
export function Field({ label, hint, error, onInput, type = 'text', isLabelUnseen = false, ...input }: FieldProps) {
  const id = useId();
  return (
    <div class="field">
      <label for={id} class={isLabelUnseen ? 'unseen' : 'field-label'}>
        {label}
      </label>
      <input
        {...input}
        {...kinds[type]}
        {...describedBy(id, hint, error)}
        id={id}
        class="field-input"
        autocapitalize="none"
        onInput={(event) => onInput(event.currentTarget.value)}
      />
      <Below id={id} hint={hint} error={error ?? null} />
    </div>
  );
}

export interface TextAreaProps extends Labelled {
  readonly value: string;
  readonly onInput: (value: string) => void;
  readonly rows?: number;
  readonly maxLength?: number;
  readonly disabled?: boolean;
  readonly placeholder?: string;
}

/** Several lines. */
export function TextArea({ label, hint, error, onInput, rows = 3, ...input }: TextAreaProps) {
  const id = useId();
  return (
    <div class="field">
      <label for={id} class="field-label">
        {label}
      </label>
      <textarea
        {...input}
        {...describedBy(id, hint, error)}
        id={id}
        rows={rows}
        class="field-input field-area"
        onInput={(event) => onInput(event.currentTarget.value)}
      />
      <Below id={id} hint={hint} error={error ?? null} />
    </div>
  );
}

export interface SelectProps<V extends string> extends Labelled {
  readonly value: V;
  readonly options: readonly { readonly value: V; readonly label: string }[];
  readonly onChange: (value: V) => void;
  readonly disabled?: boolean;
}

/** One of several; the browser's own list. */
export function Select<V extends string>({ label, hint, error, options, value, onChange, disabled = false }: SelectProps<V>) {
  const id = useId();
  return (
    <div class="field">
      <label for={id} class="field-label">
        {label}
      </label>
      <select
        {...describedBy(id, hint, error)}
        id={id}
        class="field-input field-select"
        value={value}
        disabled={disabled}
        onChange={(event) => {
          const chosen = options[event.currentTarget.selectedIndex];
          if (chosen) onChange(chosen.value);
        }}
      >
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
      <Below id={id} hint={hint} error={error ?? null} />
    </div>
  );
}

export interface ChoiceProps<V extends string> {
  readonly label: string;
  readonly value: V;
  readonly options: readonly { readonly value: V; readonly label: string; readonly hint?: string }[];
  readonly onChange: (value: V) => void;
  readonly disabled?: boolean;
  /** In one row of equal parts, for short words. */
  readonly isRow?: boolean;
}

/** One of a few, all of them seen, each with a sentence. */
export function Choice<V extends string>({ label, value, options, onChange, disabled = false, isRow = false }: ChoiceProps<V>) {
  const name = useId();
  return (
    <fieldset class="choice" disabled={disabled}>
      <legend class="field-label">{label}</legend>
      <div class={isRow ? 'choice-row' : 'choice-list'}>
        {options.map((option) => (
          <label key={option.value} class="choice-option">
            <input type="radio" name={name} checked={option.value === value} onChange={() => onChange(option.value)} />
            <span>
              <span class="choice-label">{option.label}</span>
              {option.hint ? <span class="choice-hint">{option.hint}</span> : null}
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

export interface SwitchProps {
  readonly label: string;
  readonly hint?: ComponentChildren;
  readonly checked: boolean;
  readonly onChange: (checked: boolean) => void;
  readonly disabled?: boolean;
}

/** On or off, at once. */
export function Switch({ label, hint, checked, onChange, disabled = false }: SwitchProps) {
  const id = useId();
  return (
    <div class="switch">
      <div class="switch-words">
        <label for={id} class="choice-label">
          {label}
        </label>
        {hint ? (
          <div id={`${id}-hint`} class="choice-hint">
            {hint}
          </div>
        ) : null}
      </div>
      <input
        id={id}
        class="switch-input"
        type="checkbox"
        role="switch"
        aria-checked={checked}
        checked={checked}
        disabled={disabled}
        aria-describedby={hint ? `${id}-hint` : undefined}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
    </div>
  );
}

function describedBy(id: string, hint: ComponentChildren, error: string | null | undefined) {
  return { 'aria-invalid': error ? true : undefined, 'aria-describedby': error ? `${id}-error` : hint ? `${id}-hint` : undefined };
}

function Below({ id, hint, error }: { readonly id: string; readonly hint: ComponentChildren; readonly error: string | null }) {
  if (error)
    return (
      <div id={`${id}-error`} class="field-error" role="alert">
        <Icon name="warning" size={16} />
        <span>{error}</span>
      </div>
    );
  return hint ? (
    <div id={`${id}-hint`} class="field-hint">
      {hint}
    </div>
  ) : null;
}
