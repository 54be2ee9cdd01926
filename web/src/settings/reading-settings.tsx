import { SettingsDocument, type SettingsQuery } from 'parley-client/documents';
import { useParley } from 'parley-client/react';
import type { ComponentChildren } from 'preact';
import { useTexts } from '../app/i18n.ts';
import { Button, Notice, Spinner } from '../app/ui/index.ts';
import { type Reading, useReading } from '../people/reading.ts';
import { words } from '../texts/common.ts';

type OwnSettings = NonNullable<SettingsQuery['viewer']>;

/** What only the viewer sees of themselves; read anew where another device has changed it. */
export function useSettings(): Reading<OwnSettings> {
  const parley = useParley();
  return useReading(
    'settings',
    async () => {
      const { viewer } = await parley.request(SettingsDocument, {});
      if (!viewer) throw new Error('An answer without a viewer');
      return viewer;
    },
    ({ __typename }) => __typename === 'ViewerChanged' || __typename === 'UserChanged',
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
