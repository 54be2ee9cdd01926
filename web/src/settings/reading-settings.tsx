import { ViewerDocument, type ViewerQuery } from 'parley-client/documents';
import { useParley } from 'parley-client/react';
import type { ComponentChildren } from 'preact';
import { useTexts } from '../app/i18n.ts';
import { Button, Empty, LinkButton, Notice, Spinner } from '../app/ui/index.ts';
import { type Reading, useReading } from '../people/reading.ts';
import { words } from '../texts/common.ts';
import { settings } from '../texts/settings.ts';

type OwnSettings = NonNullable<ViewerQuery['viewer']>;

/** What only the viewer sees of themselves; read anew where another device has changed it. */
function useSettings(): Reading<OwnSettings> {
  const parley = useParley();
  return useReading(
    'settings',
    async () => {
      const { viewer } = await parley.request(ViewerDocument, {});
      if (!viewer) throw new Error('An answer without a viewer');
      return viewer;
    },
    ({ __typename }) => __typename === 'ViewerChanged' || __typename === 'UserChanged',
  );
}

/** Shows settings that only people with an account have. */
export function WithAccount({ children }: { readonly children: (viewer: OwnSettings) => ComponentChildren }) {
  const t = useTexts(settings);
  const reading = useSettings();
  return (
    <Read reading={reading}>
      {(viewer) =>
        viewer.user.role === 'VISITOR' ? (
          <Empty icon="lock" title={t.visitorNotice} action={<LinkButton href="/register">{t.createAccount}</LinkButton>}>
            {t.forAccounts}
          </Empty>
        ) : (
          children(viewer)
        )
      }
    </Read>
  );
}

/** Shows what was read, or that it is on its way, or why it is not there and how to try again. */
export function Read<T>({ reading, children }: { readonly reading: Reading<T>; readonly children: (data: T) => ComponentChildren }) {
  const t = useTexts(words);
  if (reading.data !== null) return <>{children(reading.data)}</>;
  if (reading.error)
    return (
      <Notice tone="danger" action={<Button onClick={reading.reload}>{t.retry}</Button>}>
        {reading.error.message}
      </Notice>
    );
  return (
    <div class="settings-wait">
      <Spinner label={t.loading} />
    </div>
  );
}
