import { FollowDocument, UnblockUserDocument, type UserDetailsFragment } from 'parley-client/documents';
import { useParley } from 'parley-client/react';
import { useTexts } from '../app/i18n.ts';
import { Button, LinkButton, Notice } from '../app/ui/index.ts';
import { peopleTexts } from '../texts/people.ts';
import { nameOf } from './names.ts';
import { permissionOf } from './permission.ts';
import { useDoing } from './reading.ts';

/** Says whether the viewer may write to somebody, and offers what would change a no. */
export function PermissionNotice({ user, onBefriend }: { readonly user: UserDetailsFragment; readonly onBefriend: () => void }) {
  const t = useTexts(peopleTexts);
  const parley = useParley();
  const doing = useDoing();
  if (!user.relationship) return null;
  const { allowed, words, way } = permissionOf(t, nameOf(user), user.relationship);
  const action = {
    befriend: <Button onClick={onBefriend}>{t.addFriend}</Button>,
    follow: (
      <Button isBusy={doing.isBusy} onClick={() => void doing.run(() => parley.request(FollowDocument, { userId: user.id }))}>
        {t.follow}
      </Button>
    ),
    unblock: (
      <Button isBusy={doing.isBusy} onClick={() => void doing.run(() => parley.request(UnblockUserDocument, { userId: user.id }))}>
        {t.unblock}
      </Button>
    ),
    // Only visitors are told so, and they become somebody with an account there.
    register: <LinkButton href="/register">{t.register}</LinkButton>,
  };
  return (
    <>
      <Notice tone={allowed ? 'good' : 'warn'} action={way && !(allowed && way === 'befriend') ? action[way] : null}>
        {words}
      </Notice>
      {doing.error ? <Notice tone="danger">{doing.error.message}</Notice> : null}
    </>
  );
}
