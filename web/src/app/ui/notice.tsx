import './notice.css';
import type { ComponentChildren } from 'preact';
import { Icon, type IconName } from './icon.tsx';

export type NoticeTone = 'info' | 'warn' | 'danger' | 'good';

const icons = { info: 'info', warn: 'warning', danger: 'warning', good: 'check' } as const;

/** A sentence that stays where it is, with what can be done about it. A fault is read out at once. */
export function Notice({
  tone = 'info',
  children,
  action,
}: {
  readonly tone?: NoticeTone;
  readonly children: ComponentChildren;
  readonly action?: ComponentChildren;
}) {
  return (
    <div class={`notice notice-${tone}`} role={tone === 'danger' ? 'alert' : 'status'}>
      <Icon name={icons[tone]} size={18} />
      <div class="notice-words">{children}</div>
      {action}
    </div>
  );
}

export interface EmptyProps {
  readonly icon: IconName;
  readonly title: string;
  readonly children?: ComponentChildren;
  readonly action?: ComponentChildren;
  /** It is all that there is on the page, so its title is that of the page. */
  readonly isPage?: boolean;
}

/** Where there is nothing: a sentence, and what to do. */
export function Empty({ icon, title, children, action, isPage = false }: EmptyProps) {
  const Title = isPage ? 'h1' : 'p';
  return (
    <div class="empty">
      <span class="empty-icon">
        <Icon name={icon} size={28} />
      </span>
      <Title class="empty-title">{title}</Title>
      {children ? <p class="soft">{children}</p> : null}
      {action}
    </div>
  );
}

/** How many; nothing where there are none. More than 99 are 99+. */
export function Badge({ count, label, isQuiet = false }: { readonly count: number; readonly label: string; readonly isQuiet?: boolean }) {
  if (count <= 0) return null;
  return (
    <span class={`badge${isQuiet ? ' badge-quiet' : ''}`}>
      <span aria-hidden="true">{count > 99 ? '99+' : count}</span>
      <span class="unseen">{label}</span>
    </span>
  );
}
