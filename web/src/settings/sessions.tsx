import { LogoutDocument, SessionsDocument, type SessionsQuery } from 'parley-client/documents';
import { useParley } from 'parley-client/react';
import { useState } from 'preact/hooks';
import { formatAgo, formatMoment } from '../app/format.ts';
import { useTexts } from '../app/i18n.ts';
import { Button, Confirm, Icon, Notice, toast } from '../app/ui/index.ts';
import { useDoing, useReading } from '../people/reading.ts';
import { settings } from '../texts/settings.ts';
import { deviceName } from './device-name.ts';
import { Read } from './reading-settings.tsx';

type Session = NonNullable<SessionsQuery['viewer']>['sessions'][number];

/** Where the viewer is signed in, and ending it. */
export function Sessions() {
  const t = useTexts(settings);
  const parley = useParley();
  const reading = useReading(
    'sessions',
    async () => (await parley.request(SessionsDocument, {})).viewer?.sessions ?? [],
    ({ __typename }) => __typename === 'ViewerChanged',
  );
  const { isBusy, error, run } = useDoing();
  const [asked, setAsked] = useState<readonly Session[] | null>(null);
  const nameOf = ({ device, isCurrent }: Session) => device ?? (isCurrent ? deviceName() : t.unnamedDevice);

  const end = async () => {
    const done = await run(async () => {
      for (const { id } of asked ?? []) await parley.request(LogoutDocument, { sessionId: id });
    });
    setAsked(null);
    if (done) toast(t.sessionEnded);
  };

  return (
    <Read reading={reading}>
      {(sessions) => {
        const others = sessions.filter(({ isCurrent }) => !isCurrent);
        const [only] = asked ?? [];
        return (
          <>
            {error ? <Notice tone="danger">{error.message}</Notice> : null}
            <ul>
              {sessions.map((session) => (
                <li key={session.id} class="settings-row">
                  <Icon name="device" />
                  <div class="settings-row-words">
                    <div class="settings-row-name line">{nameOf(session)}</div>
                    <div class="soft small" title={formatMoment(session.createdAt)}>
                      {session.isCurrent ? t.thisDevice : t.lastSeen(formatAgo(session.lastSeenAt))} · {t.signedInAt(formatAgo(session.createdAt))}
                    </div>
                  </div>
                  {session.isCurrent ? null : (
                    <Button tone="quiet" onClick={() => setAsked([session])}>
                      {t.endSession}
                    </Button>
                  )}
                </li>
              ))}
            </ul>
            {others.length === 0 ? <p class="soft">{t.onlyHere}</p> : null}
            {others.length > 1 ? <Button onClick={() => setAsked(others)}>{t.endOthers}</Button> : null}
            {asked && only ? (
              <Confirm
                title={asked.length === 1 ? t.endSessionAsk(nameOf(only)) : t.endOthersAsk}
                action={t.signOut}
                isDanger
                isBusy={isBusy}
                onConfirm={() => void end()}
                onClose={() => setAsked(null)}
              >
                {t.endSessionHint}
              </Confirm>
            ) : null}
          </>
        );
      }}
    </Read>
  );
}
