import './panes.css';
import type { ComponentChildren } from 'preact';
import { useIsPhone } from './use-is-phone.ts';

export interface PanesProps {
  readonly list: ComponentChildren;
  /** What the list is, for screen readers. */
  readonly listLabel: string;
  readonly main: ComponentChildren;
  /** A third pane, such as who is in a group; above the main one where there is no room. */
  readonly side?: ComponentChildren;
  readonly sideLabel?: string;
  /** What a phone shows, which has room for one. */
  readonly phoneShows: 'list' | 'main';
}

/** A list and what is chosen in it, side by side; on a phone one of the two. */
export function Panes({ list, listLabel, main, side, sideLabel, phoneShows }: PanesProps) {
  // What the page is about, for screen readers and for the link that skips to it.
  const isListAlone = useIsPhone() && phoneShows === 'list' && !side;
  return (
    <div class="panes" data-shows={side ? 'side' : phoneShows}>
      <section class="pane pane-list" aria-label={listLabel} {...(isListAlone ? { role: 'main', id: 'main', tabIndex: -1 } : {})}>
        {list}
      </section>
      <main class="pane pane-main" {...(isListAlone ? {} : { id: 'main', tabIndex: -1 })}>
        {main}
      </main>
      {side ? (
        <aside class="pane pane-side" aria-label={sideLabel}>
          {side}
        </aside>
      ) : null}
    </div>
  );
}
