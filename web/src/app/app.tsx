import { lazy, Suspense } from 'preact/compat';
import { ChatSection } from '../chat/index.tsx';
import { words } from '../texts/common.ts';
import { shell } from '../texts/shell.ts';
import { useTexts } from './i18n.ts';
import { parley } from './parley.ts';
import { Problem } from './problem.tsx';
import { useReadable } from './readable.ts';
import { path } from './router.ts';
import { Shell } from './shell.tsx';
import { Empty, LinkButton, Spinner } from './ui/index.ts';

const PeopleSection = lazy(() => import('../people/index.tsx').then(({ PeopleSection }) => ({ default: PeopleSection })));
const SettingsSection = lazy(() => import('../settings/index.tsx').then(({ SettingsSection }) => ({ default: SettingsSection })));
const Entrance = lazy(() => import('../settings/entrance.tsx').then(({ Entrance }) => ({ default: Entrance })));

/** The whole page: the entrance for whoever is not signed in, else the section that the address names. */
export function App() {
  const t = useTexts(words);
  const session = useReadable(parley.session);
  const loading = (
    <div class="app-loading">
      <Spinner label={t.loading} />
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
              <Section />
            </Suspense>
          </Shell>
        )}
      </Suspense>
    </Problem>
  );
}

function Section() {
  const t = useTexts(shell);
  switch (path.value.split('/')[1]) {
    // Whoever has just come in by one of the last two stays there until the address is changed.
    case '':
    case 'chats':
    case 'sign-in':
    case 'register':
      return <ChatSection />;
    case 'people':
    case 'groups':
    case 'join':
      return <PeopleSection />;
    case 'settings':
      return <SettingsSection />;
    default:
      return (
        <main id="main" class="app-loading">
          <Empty icon="search" title={t.notFound} action={<LinkButton href="/">{t.toChats}</LinkButton>} />
        </main>
      );
  }
}
