import type { User } from 'parley-client';
import { lazy, Suspense } from 'preact/compat';
import { useEffect } from 'preact/hooks';
import { ChatSection } from '../chat/index.tsx';
import { words } from '../texts/common.ts';
import { shell } from '../texts/shell.ts';
import { ConnectionBanner } from './connection-banner.tsx';
import { useTexts } from './i18n.ts';
import { parley } from './parley.ts';
import { Problem } from './problem.tsx';
import { useReadable } from './readable.ts';
import { navigate, path } from './router.ts';
import { Shell } from './shell.tsx';
import { Empty, LinkButton, Spinner } from './ui/index.ts';

const loadPeople = () => import('../people/index.tsx').then(({ PeopleSection }) => ({ default: PeopleSection }));
const loadSettings = () => import('../settings/index.tsx').then(({ SettingsSection }) => ({ default: SettingsSection }));
const PeopleSection = lazy(loadPeople);
const SettingsSection = lazy(loadSettings);
const Entrance = lazy(() => import('../settings/entrance.tsx').then(({ Entrance }) => ({ default: Entrance })));

/** When the first page stands, the others are fetched too, so that they open at once, and without the network as well. */
function useOthersLoaded(isIn: boolean): void {
  useEffect(() => {
    if (!isIn) return;
    const timer = setTimeout(() => {
      for (const load of [loadPeople, loadSettings]) load().catch(() => {});
    }, 1500);
    return () => clearTimeout(timer);
  }, [isIn]);
}

/** The whole page: the entrance for whoever is not signed in, else the section that the address names. */
export function App() {
  const t = useTexts(words);
  const session = useReadable(parley.session);
  useOthersLoaded(session.status === 'signedIn');
  const loading = (
    <div class="app-loading">
      <Spinner label={t.loading} />
      <ConnectionBanner />
    </div>
  );
  if (session.status === 'restoring') return loading;
  return (
    <Problem>
      <Suspense fallback={loading}>
        {session.status === 'signedOut' ? (
          <Entrance reason={session.reason} />
        ) : (
          <Shell user={session.user}>
            <Suspense fallback={loading}>
              <Section user={session.user} />
            </Suspense>
          </Shell>
        )}
      </Suspense>
    </Problem>
  );
}

function Section({ user }: { readonly user: User }) {
  const t = useTexts(shell);
  switch (path.value.split('/')[1]) {
    case '':
    case 'chats':
      return <ChatSection />;
    case 'people':
    case 'groups':
    case 'join':
    case 'user':
    case 'group':
      return <PeopleSection />;
    case 'settings':
      return <SettingsSection />;
    case 'register':
      // A visitor makes an account here; whoever has one has no business here.
      return user.role === 'VISITOR' ? <SettingsSection /> : <Moved />;
    case 'sign-in':
      return <Moved />;
    default:
      return (
        <main id="main" class="app-loading">
          <Empty isPage icon="search" title={t.notFound} action={<LinkButton href="/">{t.toChats}</LinkButton>} />
        </main>
      );
  }
}

/** Whoever is signed in has come to where one signs in. */
function Moved() {
  useEffect(() => navigate('/', { replace: true }), []);
  return null;
}
