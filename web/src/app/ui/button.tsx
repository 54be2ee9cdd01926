import './button.css';
import type { ComponentChildren, Ref } from 'preact';
import { Icon, type IconName } from './icon.tsx';
import { Spinner } from './spinner.tsx';

export type ButtonTone = 'main' | 'plain' | 'quiet' | 'danger';

export interface ButtonProps {
  readonly children: ComponentChildren;
  /** `main` once on a page, `plain` (default) for others, `quiet` without a frame, `danger` for what cannot be taken back. */
  readonly tone?: ButtonTone;
  readonly type?: 'button' | 'submit';
  readonly icon?: IconName;
  readonly isBusy?: boolean;
  readonly disabled?: boolean;
  readonly wide?: boolean;
  readonly autofocus?: boolean;
  readonly onClick?: () => void;
}

/** A button with words. While it is busy it cannot be pressed again, and keeps its place and its focus. */
export function Button({ children, tone = 'plain', type = 'button', icon, isBusy = false, disabled = false, wide = false, autofocus, onClick }: ButtonProps) {
  return (
    <button
      class={`button button-${tone}${wide ? ' button-wide' : ''}`}
      type={type}
      disabled={disabled}
      aria-disabled={isBusy || undefined}
      aria-busy={isBusy || undefined}
      autofocus={autofocus}
      onClick={(event) => {
        if (isBusy) event.preventDefault();
        else onClick?.();
      }}
    >
      {isBusy ? <Spinner size={18} /> : icon ? <Icon name={icon} size={18} /> : null}
      <span>{children}</span>
    </button>
  );
}

/** A link that looks like a button. */
export function LinkButton({ href, children, tone = 'plain', icon }: { href: string; children: ComponentChildren; tone?: ButtonTone; icon?: IconName }) {
  return (
    <a href={href} class={`button button-${tone}`}>
      {icon ? <Icon name={icon} size={18} /> : null}
      <span>{children}</span>
    </a>
  );
}

export interface IconButtonProps {
  readonly icon: IconName;
  /** What it does: shown as a tooltip, and read out. */
  readonly label: string;
  readonly size?: number;
  readonly disabled?: boolean;
  readonly isPressed?: boolean;
  readonly tone?: 'quiet' | 'main' | 'danger';
  readonly buttonRef?: Ref<HTMLButtonElement>;
  readonly 'aria-haspopup'?: 'menu' | 'dialog';
  readonly 'aria-expanded'?: boolean;
  readonly onPointerDown?: () => void;
  readonly onClick?: (event: MouseEvent) => void;
}

/** A button with a picture alone. */
export function IconButton({ icon, label, size = 20, isPressed, tone = 'quiet', buttonRef, ...rest }: IconButtonProps) {
  return (
    <button {...rest} ref={buttonRef ?? null} type="button" class={`icon-button icon-button-${tone}`} aria-label={label} title={label} aria-pressed={isPressed}>
      <Icon name={icon} size={size} />
    </button>
  );
}
