import { SendFriendRequestDocument, UpdateFriendDocument, type UserDetailsFragment } from 'parley-client/documents';
import { useParley } from 'parley-client/react';
import { useRef, useState } from 'preact/hooks';
import { useTexts } from '../app/i18n.ts';
import { Button, Dialog, Notice, TextArea, toast } from '../app/ui/index.ts';
import { words } from '../texts/common.ts';
import { peopleTexts } from '../texts/people.ts';
import { freshId } from './fresh-id.ts';
import { nameOf } from './names.ts';
import { useDoing } from './reading.ts';
import { TextDialog } from './text-dialog.tsx';

interface FriendDialogProps {
  readonly user: UserDetailsFragment;
  readonly onClose: () => void;
}

/** Asks somebody to be a friend. */
export function AskDialog({ user, onClose }: FriendDialogProps) {
  const t = useTexts(peopleTexts);
  const common = useTexts(words);
  const parley = useParley();
  const doing = useDoing();
  const [message, setMessage] = useState('');
  // One for what is written: pressed again after a lost answer, the request is the same one.
  const clientId = useRef({ of: '', id: '' });
  const send = async () => {
    if (clientId.current.of !== message || clientId.current.id === '') clientId.current = { of: message, id: freshId() };
    const input = { userId: user.id, message, clientId: clientId.current.id };
    if (!(await doing.run(() => parley.request(SendFriendRequestDocument, input)))) return;
    onClose();
    toast(t.requestSent);
  };
  return (
    <Dialog
      title={t.addFriendTitle(nameOf(user))}
      size="small"
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{common.cancel}</Button>
          <Button tone="main" isBusy={doing.isBusy} onClick={() => void send()}>
            {t.sendRequest}
          </Button>
        </>
      }
    >
      <TextArea label={t.requestMessage} value={message} onInput={setMessage} maxLength={200} />
      {doing.error ? <Notice tone="danger">{doing.error.message}</Notice> : null}
    </Dialog>
  );
}

/** Changes the viewer's own name for a friend. */
export function RemarkDialog({ user, onClose }: FriendDialogProps) {
  const t = useTexts(peopleTexts);
  return (
    <TextDialog
      title={t.remark}
      label={t.remark}
      hint={t.remarkHint}
      placeholder={user.nickname}
      value={user.relationship?.remark ?? ''}
      maxLength={50}
      save={(parley, remark) => parley.request(UpdateFriendDocument, { input: { userId: user.id, remark: remark === '' ? null : remark } })}
      onClose={onClose}
    />
  );
}
