import { AnswerJoinRequestDocument, JoinRequestsDocument } from 'parley-client/documents';
import { useParley } from 'parley-client/react';
import { useTexts } from '../app/i18n.ts';
import { Button, Notice } from '../app/ui/index.ts';
import { groupTexts } from '../texts/groups.ts';
import type { GroupPartProps } from './group-pane.tsx';
import { Growing } from './growing.tsx';
import { PersonRow } from './person-row.tsx';
import { useDoing, usePages } from './reading.ts';

/** Who waits to be let in; nothing where nobody does. */
export function JoinQueue({ conversationId }: GroupPartProps) {
  const t = useTexts(groupTexts);
  const parley = useParley();
  const doing = useDoing();
  const pages = usePages(
    conversationId,
    async (after) => (await parley.request(JoinRequestsDocument, { conversationId, first: 20, after })).conversation?.group?.joinRequests,
    ({ __typename }) => __typename === 'JoinRequestChanged',
  );
  if (pages.items.length === 0) return null;
  const answer = (id: string, accept: boolean) => void doing.run(() => parley.request(AnswerJoinRequestDocument, { id, accept }));
  return (
    <section class="card-part" aria-labelledby="group-waiting">
      <h2 id="group-waiting">{t.waiting}</h2>
      <Growing pages={pages}>
        <ul>
          {pages.items.map(({ id, user, message }) => (
            <PersonRow key={id} user={user}>
              {message ? <q class="row-said">{message}</q> : null}
              <fieldset class="row-buttons" aria-label={t.waitingOf(user.nickname)}>
                <Button tone="main" isBusy={doing.isBusy} onClick={() => answer(id, true)}>
                  {t.letIn}
                </Button>
                <Button onClick={() => answer(id, false)}>{t.refuse}</Button>
              </fieldset>
            </PersonRow>
          ))}
        </ul>
      </Growing>
      {doing.error ? <Notice tone="danger">{doing.error.message}</Notice> : null}
    </section>
  );
}
