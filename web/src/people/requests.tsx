import { AnswerFriendRequestDocument, type FriendRequestAnswer, type FriendRequestFragment, FriendRequestsDocument } from 'parley-client/documents';
import { useParley } from 'parley-client/react';
import { formatAgo } from '../app/format.ts';
import { useTexts } from '../app/i18n.ts';
import { Button, Empty, Notice, toast } from '../app/ui/index.ts';
import { peopleTexts } from '../texts/people.ts';
import { Growing } from './growing.tsx';
import { PersonRow } from './person-row.tsx';
import { useDoing, usePages } from './reading.ts';

/** The friend requests of both directions, answered ones included. */
export function FriendRequests() {
  const t = useTexts(peopleTexts);
  return (
    <>
      <Requests direction="INCOMING" title={t.incoming} none={t.noIncoming} />
      <Requests direction="OUTGOING" title={t.outgoing} none={t.noOutgoing} />
    </>
  );
}

function Requests({ direction, title, none }: { readonly direction: 'INCOMING' | 'OUTGOING'; readonly title: string; readonly none: string }) {
  const parley = useParley();
  const pages = usePages(
    direction,
    async (after) => (await parley.request(FriendRequestsDocument, { direction, first: 20, after })).friendRequests,
    ({ __typename }) => __typename === 'FriendRequestChanged' || __typename === 'UserChanged',
  );
  return (
    <section>
      <h2 class="people-part">{title}</h2>
      <Growing pages={pages}>
        {pages.isRead && pages.items.length === 0 ? (
          <Empty icon="people" title={none} />
        ) : (
          <ul>
            {pages.items.map((request) => (
              <RequestRow key={request.id} request={request} isIncoming={direction === 'INCOMING'} />
            ))}
          </ul>
        )}
      </Growing>
    </section>
  );
}

function RequestRow({ request, isIncoming }: { readonly request: FriendRequestFragment; readonly isIncoming: boolean }) {
  const t = useTexts(peopleTexts);
  const status = { PENDING: t.statusPending, ACCEPTED: t.statusAccepted, REFUSED: t.statusRefused, IGNORED: t.statusIgnored, CANCELLED: t.statusCancelled };
  const user = isIncoming ? request.from : request.to;
  return (
    <PersonRow user={user} below={`${status[request.status]} · ${formatAgo(request.createdAt)}`}>
      {request.message ? <q class="row-said">{request.message}</q> : null}
      <RequestAnswers request={request} isIncoming={isIncoming} />
    </PersonRow>
  );
}

/** What can be done with a request as it stands; nothing where that is nothing. */
export function RequestAnswers({ request, isIncoming }: { readonly request: FriendRequestFragment; readonly isIncoming: boolean }) {
  const t = useTexts(peopleTexts);
  const parley = useParley();
  const doing = useDoing();
  const answer = (what: FriendRequestAnswer) => doing.run(() => parley.request(AnswerFriendRequestDocument, { id: request.id, answer: what }));
  const accept = async () => {
    if (await answer('ACCEPT')) toast(t.nowFriends(nickname));
  };
  const isOpen = request.status === 'PENDING' || (isIncoming && request.status === 'IGNORED');
  if (!isOpen) return null;
  const { nickname } = isIncoming ? request.from : request.to;
  return (
    <>
      <fieldset class="row-buttons" aria-label={isIncoming ? t.requestOf(nickname) : t.requestTo(nickname)}>
        {isIncoming ? (
          <>
            <Button tone="main" isBusy={doing.isBusy} onClick={() => void accept()}>
              {t.accept}
            </Button>
            <Button onClick={() => void answer('REFUSE')}>{t.refuse}</Button>
            {request.status === 'PENDING' ? (
              <Button tone="quiet" onClick={() => void answer('IGNORE')}>
                {t.ignore}
              </Button>
            ) : null}
          </>
        ) : (
          <Button isBusy={doing.isBusy} onClick={() => void answer('CANCEL')}>
            {t.takeBack}
          </Button>
        )}
      </fieldset>
      {doing.error ? <Notice tone="danger">{doing.error.message}</Notice> : null}
    </>
  );
}
