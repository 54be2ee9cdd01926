import { DissolveGroupDocument, LeaveGroupDocument } from 'parley-client/documents';
import { useParley } from 'parley-client/react';
import { useState } from 'preact/hooks';
import { useTexts } from '../app/i18n.ts';
import { navigate } from '../app/router.ts';
import { Button, Confirm, Notice } from '../app/ui/index.ts';
import { groupTexts } from '../texts/groups.ts';
import type { GroupPartProps } from './group-pane.tsx';
import { useDoing } from './reading.ts';

/** How it ends: for the viewer, or by the owner for everybody. */
export function GroupEnds({ conversationId, viewerMember }: GroupPartProps) {
  const t = useTexts(groupTexts);
  const parley = useParley();
  const doing = useDoing();
  const [asked, setAsked] = useState<'leave' | 'dissolve' | null>(null);
  const isOwner = viewerMember.role === 'OWNER';
  const run = async () => {
    const isOver = await doing.run(() =>
      asked === 'dissolve' ? parley.request(DissolveGroupDocument, { conversationId }) : parley.request(LeaveGroupDocument, { conversationId }),
    );
    if (isOver) navigate('/', { replace: true });
  };
  return (
    <section class="card-part">
      {isOwner ? <p class="soft">{t.ownerCannotLeave}</p> : null}
      <div class="card-buttons">
        {isOwner ? (
          <Button tone="danger" icon="trash" onClick={() => setAsked('dissolve')}>
            {t.dissolve}
          </Button>
        ) : (
          <Button tone="danger" icon="door" onClick={() => setAsked('leave')}>
            {t.leave}
          </Button>
        )}
      </div>
      {asked ? (
        <Confirm
          title={asked === 'leave' ? t.leaveTitle : t.dissolveTitle}
          action={asked === 'leave' ? t.leave : t.dissolve}
          isDanger
          isBusy={doing.isBusy}
          onConfirm={() => void run()}
          onClose={() => setAsked(null)}
        >
          <p>{asked === 'leave' ? t.leaveWords : t.dissolveWords}</p>
          {doing.error ? <Notice tone="danger">{doing.error.message}</Notice> : null}
        </Confirm>
      ) : null}
    </section>
  );
}
