import { MessagesWaiting } from 'parley-client';
import { useParley, useReadable, useViewer } from 'parley-client/react';
import { useState } from 'preact/hooks';
import { Bar } from '../app/bar.tsx';
import { fieldOf } from '../app/errors.ts';
import { useTexts } from '../app/i18n.ts';
import { navigate } from '../app/router.ts';
import { Button, Dialog, LinkButton, Notice, toast } from '../app/ui/index.ts';
import { useDoing } from '../people/reading.ts';
import { entrance } from '../texts/entrance.ts';
import { settings } from '../texts/settings.ts';
import { Form, Password, RegisterForm } from './account-form.tsx';

/** The password, and signing out. */
export function Account() {
  const t = useTexts(settings);
  const user = useViewer();
  return (
    <>
      {user?.role === 'VISITOR' ? (
        <Notice action={<LinkButton href="/register">{t.createAccount}</LinkButton>}>{t.visitorNotice}</Notice>
      ) : /^EXT\w{8}$/.test(user?.username ?? '') ? (
        <Notice>{t.noPassword}</Notice>
      ) : (
        <ChangePassword username={user?.username ?? ''} />
      )}
      <SignOut isVisitor={user?.role === 'VISITOR'} />
    </>
  );
}

function ChangePassword({ username }: { readonly username: string }) {
  const t = useTexts(settings);
  const parley = useParley();
  const { isBusy, error, run } = useDoing();
  const [oldPassword, setOld] = useState('');
  const [newPassword, setNew] = useState('');
  const field = error?.code === 'INVALID_CREDENTIALS' ? 'oldPassword' : fieldOf(error);

  const change = async () => {
    if (!(await run(() => parley.changePassword(oldPassword, newPassword)))) return;
    setOld('');
    setNew('');
    toast(t.passwordChanged);
  };

  return (
    <section class="settings-part">
      <h2 class="settings-heading">{t.changePassword}</h2>
      <Form onSubmit={() => void change()}>
        {/* For whoever keeps the passwords of this browser: whose it is. */}
        <input type="text" name="username" autocomplete="username" value={username} hidden readOnly />
        <Password
          label={t.oldPassword}
          value={oldPassword}
          onInput={setOld}
          autocomplete="current-password"
          error={field === 'oldPassword' && error ? error.message : null}
        />
        <Password
          label={t.newPassword}
          value={newPassword}
          onInput={setNew}
          autocomplete="new-password"
          hint={t.passwordHint}
          error={field === 'newPassword' && error ? error.message : null}
        />
        {error && field !== 'oldPassword' && field !== 'newPassword' ? <Notice tone="danger">{error.message}</Notice> : null}
        <div class="settings-save">
          <Button type="submit" isBusy={isBusy}>
            {t.changePassword}
          </Button>
        </div>
      </Form>
    </section>
  );
}

/** Signing out, which says before what would be lost by it. */
function SignOut({ isVisitor }: { readonly isVisitor: boolean }) {
  const t = useTexts(settings);
  const parley = useParley();
  const own = useReadable(parley.waiting);
  /** How many there were when signing out was refused: those of other tabs are not counted here. */
  const [told, setTold] = useState(0);
  const waiting = Math.max(own, told);
  const [isAsked, setAsked] = useState(false);
  const [isBusy, setBusy] = useState(false);

  const signOut = async () => {
    setBusy(true);
    try {
      // Never more than was told of: there may be others, and in other tabs.
      await parley.signOut({ drop: told > 0 && own <= told });
      navigate('/sign-in', { replace: true });
    } catch (error) {
      if (!(error instanceof MessagesWaiting)) throw error;
      setTold(error.count);
      setBusy(false);
    }
  };
  const close = () => {
    setAsked(false);
    setTold(0);
  };

  return (
    <section class="settings-part">
      <h2 class="settings-heading">{t.signOut}</h2>
      <p class="soft">{isVisitor ? t.visitorSignOutHint : t.signOutHint}</p>
      <div>
        <Button icon="door" onClick={() => setAsked(true)}>
          {t.signOut}
        </Button>
      </div>
      {isAsked ? (
        <Dialog
          title={waiting > 0 ? t.waitingAsk(waiting) : t.signOutAsk}
          size="small"
          onClose={close}
          actions={
            <>
              <Button onClick={close}>{t.waitLonger}</Button>
              <Button tone="danger" isBusy={isBusy} onClick={() => void signOut()}>
                {waiting > 0 ? t.dropAndSignOut : t.signOut}
              </Button>
            </>
          }
        >
          {waiting > 0 ? t.waitingHint : isVisitor ? t.visitorSignOutHint : t.signOutHint}
        </Dialog>
      ) : null}
    </section>
  );
}

/** `/register` for a visitor, who keeps everything. */
export function KeepAccount() {
  const t = useTexts(entrance);
  const s = useTexts(settings);
  return (
    <>
      <Bar title={t.visitorTitle} backTo="/settings" />
      <div class="pane-scroll">
        <div class="settings-page">
          <p class="soft">{t.visitorHint}</p>
          <RegisterForm
            onDone={() => {
              toast(s.accountMade);
              navigate('/', { replace: true });
            }}
          />
        </div>
      </div>
    </>
  );
}
