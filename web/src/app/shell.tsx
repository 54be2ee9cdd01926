import './shell.css';
import type { User } from 'parley-client';
import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import { showNotices } from '../chat/notices.ts';
import { shell } from '../texts/shell.ts';
import { ConnectionBanner } from './connection-banner.tsx';
import { useTexts } from './i18n.ts';
import { parley } from './parley.ts';
import { useReadable } from './readable.ts';
import { match, path } from './router.ts';
import { Avatar, Badge, Icon, type IconName, Toasts } from './ui/index.ts';

type Section = 'chats' | 'people' | 'settings';

const sections: readonly { readonly name: Section; readonly href: string; readonly icon: IconName; readonly paths: readonly string[] }[] = [
  { name: 'chats', href: '/', icon: 'chat', paths: ['', 'chats'] },
  { name: 'people', href: '/people', icon: 'people', paths: ['people', 'groups', 'join'] },
  { name: 'settings', href: '/settings', icon: 'settings', paths: ['settings', 'register'] },
];

/** The frame around every page of somebody who is signed in: the sections, the state of the connection, and what is said for a moment. */
export function Shell({ user, children }: { readonly user: User; readonly children: ComponentChildren }) {
  const t = useTexts(shell);
  const unread = useReadable(parley.unread);
  const first = path.value.split('/')[1] ?? '';
  const isDeep = match('/', path.value) === null && path.value.split('/').filter(Boolean).length > 1;

  useEffect(() => showNotices(), []);
  useEffect(() => {
    document.title = t.title(unread);
  }, [t, unread]);

  return (
    <div class={`shell${isDeep ? ' shell-deep' : ''}`}>
      <a class="shell-skip" href="#main">
        {t.skip}
      </a>
      <nav class="shell-nav" aria-label={t.sections}>
        {sections.map(({ name, href, icon, paths }) => (
          <a key={name} href={href} class="shell-link" aria-current={paths.includes(first) ? 'page' : undefined}>
            <span class="shell-icon">
              {name === 'settings' ? <Avatar id={user.id} name={user.nickname} url={user.avatar} size={26} /> : <Icon name={icon} size={24} />}
              {name === 'chats' ? <Badge count={unread} label={t.unread(unread)} /> : null}
            </span>
            <span class="shell-word">{t[name]}</span>
          </a>
        ))}
      </nav>
      {children}
      <ConnectionBanner />
      <Toasts />
    </div>
  );
}
