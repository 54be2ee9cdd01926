import './people.css';
import { type ContactFragment, type ContactKind, ContactsDocument, SearchUsersDocument } from 'parley-client/documents';
import { useParley } from 'parley-client/react';
import { useEffect, useRef, useState } from 'preact/hooks';
import { Bar } from '../app/bar.tsx';
import { useTexts } from '../app/i18n.ts';
import { match, navigate, path } from '../app/router.ts';
import { Button, Empty, Field, Menu } from '../app/ui/index.ts';
import { peopleTexts } from '../texts/people.ts';
import { Growing } from './growing.tsx';
import { PersonRow } from './person-row.tsx';
import { usePages } from './reading.ts';
import { FriendRequests } from './requests.tsx';

const tabs = ['friends', 'requests', 'following', 'blocked'] as const;
type Tab = (typeof tabs)[number];

const kinds = { friends: 'FRIEND', following: 'FOLLOWING', blocked: 'BLOCKED' } as const satisfies Record<Exclude<Tab, 'requests'>, ContactKind>;

/** The column with the people that one knows, and the search for others. */
export function PeopleList() {
  const t = useTexts(peopleTexts);
  const [tab, setTab] = useState<Tab>('friends');
  const [keyword, setKeyword] = useState('');
  const wanted = useCalm(keyword.trim(), 250);
  return (
    <>
      <Bar
        level={1}
        title={t.people}
        actions={
          <Menu
            label={t.newOrJoin}
            icon="add"
            items={[
              { label: t.newGroup, icon: 'group', onSelect: () => navigate('/groups/new') },
              { label: t.joinGroup, icon: 'link', onSelect: () => navigate('/join') },
            ]}
          />
        }
      />
      <div class="people-head">
        <Field label={t.searchPeople} isLabelUnseen type="search" placeholder={t.searchPeople} value={keyword} onInput={setKeyword} maxLength={50} />
        {keyword.trim() === '' ? <Tabs tab={tab} onChange={setTab} /> : null}
      </div>
      {keyword.trim() !== '' ? (
        <div class="pane-scroll">{wanted !== '' ? <Found keyword={wanted} onClear={() => setKeyword('')} /> : null}</div>
      ) : (
        <div class="pane-scroll" id="people-panel" role="tabpanel" aria-labelledby={`tab-${tab}`}>
          {tab === 'requests' ? <FriendRequests /> : <Contacts key={tab} tab={tab} />}
        </div>
      )}
    </>
  );
}

function Tabs({ tab, onChange }: { readonly tab: Tab; readonly onChange: (tab: Tab) => void }) {
  const t = useTexts(peopleTexts);
  const row = useRef<HTMLDivElement>(null);
  const move = (event: KeyboardEvent) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const index = (tabs.indexOf(tab) + step + tabs.length) % tabs.length;
    const next = tabs[index];
    if (next) onChange(next);
    row.current?.querySelectorAll('button')[index]?.focus();
  };
  return (
    <div ref={row} class="tabs" role="tablist" aria-label={t.people} onKeyDown={move}>
      {tabs.map((name) => (
        <button
          key={name}
          id={`tab-${name}`}
          type="button"
          role="tab"
          class="tab"
          aria-selected={name === tab}
          aria-controls="people-panel"
          tabIndex={name === tab ? 0 : -1}
          onClick={() => onChange(name)}
        >
          {t[name]}
        </button>
      ))}
    </div>
  );
}

function Contacts({ tab }: { readonly tab: Exclude<Tab, 'requests'> }) {
  const t = useTexts(peopleTexts);
  const parley = useParley();
  const kind = kinds[tab];
  const pages = usePages(
    kind,
    async (after) => (await parley.request(ContactsDocument, { kind, first: 100, after })).contacts,
    ({ __typename }) => __typename === 'UserChanged' || __typename === 'FriendRequestChanged' || __typename === 'ViewerChanged',
  );
  if (pages.isRead && pages.items.length === 0) {
    const title = { friends: t.noFriends, following: t.noFollowing, blocked: t.noBlocked }[tab];
    return <Empty icon={tab === 'blocked' ? 'block' : 'people'} title={title} />;
  }
  const parts = tab === 'friends' ? byInitial(pages.items, t.starred) : [{ name: null, users: pages.items }];
  return (
    <Growing pages={pages}>
      {parts.map(({ name, users }) => (
        <section key={name}>
          {name === null ? null : <h2 class="people-part">{name}</h2>}
          <ul>
            {users.map((user) => (
              <PersonRow key={user.id} user={user} isCurrent={isShown(user.uuid)} showsPresence={tab === 'friends'} />
            ))}
          </ul>
        </section>
      ))}
    </Growing>
  );
}

function Found({ keyword, onClear }: { readonly keyword: string; readonly onClear: () => void }) {
  const t = useTexts(peopleTexts);
  const parley = useParley();
  const pages = usePages(
    keyword,
    async (after) => (await parley.request(SearchUsersDocument, { keyword, first: 20, after })).searchUsers,
    () => false,
  );
  // A page may have nobody, and another one behind it.
  if (pages.isRead && pages.items.length === 0 && !pages.hasMore)
    return <Empty icon="search" title={t.nobodyFound(keyword)} action={<Button onClick={onClear}>{t.clearSearch}</Button>} />;
  return (
    <Growing pages={pages}>
      <p class="unseen" role="status">
        {pages.isRead ? t.found(pages.items.length) : ''}
      </p>
      <ul>
        {pages.items.map((user) => (
          <PersonRow key={user.id} user={user} isCurrent={isShown(user.uuid)} below={aboutFound(user, t)} />
        ))}
      </ul>
    </Growing>
  );
}

function aboutFound({ username, relationship }: ContactFragment, t: (typeof peopleTexts)['en']): string {
  const state = relationship?.isBlocked ? t.blocked : relationship?.isFriend ? t.friends : relationship?.isFollowing ? t.following : null;
  return state === null ? `@${username}` : `@${username} · ${state}`;
}

function isShown(uuid: string): boolean {
  return (match('/people/:uuid', path.value) ?? match('/user/:uuid', path.value))?.uuid === uuid;
}

/** The starred ones first, then by the letter under which the server sorts them. */
function byInitial(users: readonly ContactFragment[], starred: string): { readonly name: string; readonly users: readonly ContactFragment[] }[] {
  const parts = new Map<string, ContactFragment[]>();
  const put = (name: string, user: ContactFragment) => parts.set(name, [...(parts.get(name) ?? []), user]);
  for (const user of users) if (user.relationship?.isStarred) put(starred, user);
  for (const user of users) put(user.relationship?.initial ?? '#', user);
  return [...parts].map(([name, found]) => ({ name, users: found }));
}

/** The value once it has stood still for so long: not every letter is searched for. */
function useCalm(value: string, ms: number): string {
  const [calm, setCalm] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setCalm(value), ms);
    return () => clearTimeout(timer);
  }, [value, ms]);
  return calm;
}
