import './settings.css';
import { useViewer } from 'parley-client/react';
import type { ComponentChildren } from 'preact';
import { Bar } from '../app/bar.tsx';
import { useTexts } from '../app/i18n.ts';
import { Panes } from '../app/panes.tsx';
import { match, path } from '../app/router.ts';
import { Avatar, Icon, type IconName, LinkButton, Notice } from '../app/ui/index.ts';
import { settings } from '../texts/settings.ts';
import { About } from './about.tsx';
import { Account, KeepAccount } from './account.tsx';
import { Appearance } from './appearance.tsx';
import { Notices } from './notices.tsx';
import { Privacy } from './privacy.tsx';
import { Profile } from './profile.tsx';
import { Sessions } from './sessions.tsx';

const pages = {
  profile: { icon: 'people', show: Profile },
  privacy: { icon: 'shield', show: Privacy },
  appearance: { icon: 'globe', show: Appearance },
  notices: { icon: 'bell', show: Notices },
  sessions: { icon: 'device', show: Sessions },
  account: { icon: 'key', show: Account },
  about: { icon: 'info', show: About },
} as const satisfies Readonly<Record<string, { readonly icon: IconName; readonly show: () => ComponentChildren }>>;

type PageName = keyof typeof pages;
const names = Object.keys(pages).filter((name): name is PageName => name in pages);

/** Everything that one sets: `/settings` is the list, which a large screen shows beside the first page. */
export function SettingsSection() {
  const t = useTexts(settings);
  const chosen = match('/settings/:page', path.value)?.page ?? null;
  const page = names.find((name) => name === chosen) ?? null;
  const isRegistering = match('/register', path.value) !== null;
  const shown = page ?? 'profile';
  const Page = pages[shown].show;
  return (
    <Panes
      list={<List shown={isRegistering ? null : shown} />}
      listLabel={t.title}
      phoneShows={page === null && !isRegistering ? 'list' : 'main'}
      main={
        isRegistering ? (
          <KeepAccount />
        ) : (
          <>
            <Bar title={t[shown]} backTo="/settings" />
            <div class="pane-scroll">
              <div class="settings-page">
                <Page key={shown} />
              </div>
            </div>
          </>
        )
      }
    />
  );
}

function List({ shown }: { readonly shown: PageName | null }) {
  const t = useTexts(settings);
  const user = useViewer();
  const hints = {
    profile: t.profileHint,
    privacy: t.privacyHint,
    appearance: t.appearanceHint,
    notices: t.noticesHint,
    sessions: t.sessionsHint,
    account: t.accountHint,
    about: null,
  };
  return (
    <>
      <Bar title={t.title} />
      <div class="pane-scroll">
        {user ? (
          <div class="settings-me">
            <Avatar id={user.id} name={user.nickname} url={user.avatar} size={56} />
            <div class="settings-me-words">
              <div class="settings-me-name line">{user.nickname}</div>
              <div class="soft small line">{user.role === 'VISITOR' ? t.visitor : `@${user.username}`}</div>
            </div>
          </div>
        ) : null}
        {user?.role === 'VISITOR' ? (
          <div class="settings-visitor">
            <Notice action={<LinkButton href="/register">{t.createAccount}</LinkButton>}>{t.visitorNotice}</Notice>
          </div>
        ) : null}
        <ul>
          {names.map((name) => (
            <li key={name}>
              <a href={`/settings/${name}`} class="settings-link" aria-current={name === shown ? 'page' : undefined}>
                <Icon name={pages[name].icon} />
                <span class="settings-link-words">
                  <span class="settings-link-name line">{t[name]}</span>
                  {hints[name] ? <span class="soft small line">{hints[name]}</span> : null}
                </span>
              </a>
            </li>
          ))}
        </ul>
      </div>
    </>
  );
}
