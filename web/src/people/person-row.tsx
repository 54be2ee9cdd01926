import type { ContactFragment, UserFragment } from 'parley-client/documents';
import { usePresence } from 'parley-client/react';
import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { Avatar } from '../app/ui/index.ts';
import { nameOf } from './names.ts';
import { personPath } from './paths.ts';

export interface PersonRowProps {
  readonly user: ContactFragment | UserFragment;
  /** Below the name; the username where nothing is said. */
  readonly below?: ComponentChildren;
  /** At its end, outside of the link. */
  readonly beside?: ComponentChildren;
  /** Below it, outside of the link. */
  readonly children?: ComponentChildren;
  readonly isCurrent?: boolean;
  /** Shows whether they are there, which is asked while the row is on the screen. */
  readonly showsPresence?: boolean;
}

/** Somebody in a list: leads to the card. */
export function PersonRow({ user, below, beside, children, isCurrent = false, showsPresence = false }: PersonRowProps) {
  const name = nameOf(user);
  return (
    <li class={`row${isCurrent ? ' row-current' : ''}`}>
      <div class="row-line">
        <a href={personPath(user.uuid)} class="row-link" aria-current={isCurrent ? 'page' : undefined}>
          {showsPresence ? <LiveAvatar user={user} /> : <Avatar id={user.id} name={name} url={user.avatar} />}
          <span class="row-words">
            <span class="row-name line">{name}</span>
            <span class="soft small line">{below ?? `@${user.username}`}</span>
          </span>
        </a>
        {beside}
      </div>
      {children ? <div class="row-actions">{children}</div> : null}
    </li>
  );
}

function LiveAvatar({ user }: { readonly user: ContactFragment | UserFragment }) {
  const box = useRef<HTMLSpanElement>(null);
  const [isSeen, setSeen] = useState(false);
  useEffect(() => {
    const observer = new IntersectionObserver((entries) => setSeen(entries.at(-1)?.isIntersecting ?? false));
    if (box.current) observer.observe(box.current);
    return () => observer.disconnect();
  }, []);
  return <span ref={box}>{isSeen ? <PresentAvatar user={user} /> : <Avatar id={user.id} name={nameOf(user)} url={user.avatar} />}</span>;
}

function PresentAvatar({ user }: { readonly user: ContactFragment | UserFragment }) {
  const { status } = usePresence(user.id);
  return <Avatar id={user.id} name={nameOf(user)} url={user.avatar} isOnline={status === 'ONLINE'} />;
}
