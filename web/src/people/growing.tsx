import type { ComponentChildren } from 'preact';
import { useTexts } from '../app/i18n.ts';
import { Button, LinkButton, Notice, Spinner } from '../app/ui/index.ts';
import { words } from '../texts/common.ts';
import { entrance } from '../texts/entrance.ts';
import { peopleTexts } from '../texts/people.ts';
import type { Pages } from './reading.ts';

/** A list with what stands below it: more, on its way, or failed. */
export function Growing({ pages, children }: { readonly pages: Pages<unknown>; readonly children: ComponentChildren }) {
  const t = useTexts(peopleTexts);
  const common = useTexts(words);
  const ways = useTexts(entrance);
  return (
    <>
      {children}
      {pages.error?.code === 'VISITOR_FORBIDDEN' ? (
        <Notice action={<LinkButton href="/register">{ways.register}</LinkButton>}>{pages.error.message}</Notice>
      ) : pages.error ? (
        <Notice tone="danger" action={<Button onClick={pages.reload}>{t.tryAgain}</Button>}>
          {pages.error.message}
        </Notice>
      ) : null}
      {pages.isLoading && !pages.isRead ? (
        <div class="people-wait">
          <Spinner label={common.loading} />
        </div>
      ) : null}
      {pages.hasMore ? (
        <div class="people-wait">
          <Button isBusy={pages.isLoading} onClick={pages.loadMore}>
            {t.loadMore}
          </Button>
        </div>
      ) : null}
    </>
  );
}
