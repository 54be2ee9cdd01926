import './bar.css';
import type { ComponentChildren } from 'preact';
import { words } from '../texts/common.ts';
import { useTexts } from './i18n.ts';
import { back } from './router.ts';
import { IconButton } from './ui/index.ts';

export interface BarProps {
  readonly title: ComponentChildren;
  readonly subtitle?: ComponentChildren;
  /** In front of the title, such as a picture. */
  readonly before?: ComponentChildren;
  /** Buttons at the end. */
  readonly actions?: ComponentChildren;
  /** Where the arrow leads when there is nothing behind; without it there is none. */
  readonly backTo?: string;
  /** The arrow is there on phones alone, where this pane hides the list. Default: true. */
  readonly backOnPhone?: boolean;
  /** 2 for a pane at the side. A phone shows one pane, which needs a heading of its own, so the list and what is chosen in it both have the first. */
  readonly level?: 1 | 2;
}

/** The line on top of a pane. */
export function Bar({ title, subtitle, before, actions, backTo, backOnPhone = true, level = 1 }: BarProps) {
  const t = useTexts(words);
  const Heading = level === 1 ? 'h1' : 'h2';
  return (
    <header class="bar">
      {backTo === undefined ? null : (
        <span class={backOnPhone ? 'bar-back-phone' : 'bar-back'}>
          <IconButton icon="back" label={t.back} onClick={() => back(backTo)} />
        </span>
      )}
      {before}
      <div class="bar-words">
        <Heading class="bar-title line">{title}</Heading>
        {subtitle ? <div class="bar-subtitle line">{subtitle}</div> : null}
      </div>
      {actions}
    </header>
  );
}
