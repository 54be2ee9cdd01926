import './form.css';
import type { User } from 'parley-client';
import { useParley } from 'parley-client/react';
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { fieldOf } from '../app/errors.ts';
import { useTexts } from '../app/i18n.ts';
import { Button, Field, Notice } from '../app/ui/index.ts';
import { useDoing } from '../people/reading.ts';
import { entrance } from '../texts/entrance.ts';
import { deviceName } from './device-name.ts';

/** What is wrong with one of the fields, told there; everything else is told above the button. */
const known: readonly string[] = ['username', 'password', 'nickname', 'newPassword'];

/** Signing in. Whoever comes with a password that an administrator has reset chooses one of their own. */
export function SignInForm() {
  const t = useTexts(entrance);
  const parley = useParley();
  const { isBusy, error, run } = useDoing();
  const [username, setUsername] = useState('');
  const [password, setPassword] = useState('');
  const [newPassword, setNewPassword] = useState<string | null>(null);
  const field = fieldOf(error);
  const isReset = field === 'newPassword' || newPassword !== null;

  const submit = () =>
    run(() =>
      parley.signIn({ username: username.trim(), password, device: deviceName(), ...(newPassword === null || newPassword === '' ? {} : { newPassword }) }),
    );

  return (
    <Form onSubmit={submit}>
      <Field
        label={t.username}
        value={username}
        onInput={setUsername}
        name="username"
        autocomplete="username"
        required
        autofocus
        error={field === 'username' && error ? error.message : null}
      />
      <Password
        label={t.password}
        value={password}
        onInput={setPassword}
        autocomplete="current-password"
        error={field === 'password' && error ? error.message : null}
      />
      {isReset ? (
        <Password
          label={t.newPassword}
          value={newPassword ?? ''}
          onInput={setNewPassword}
          autocomplete="new-password"
          hint={t.newPasswordHint}
          error={field === 'newPassword' && newPassword && error ? error.message : null}
        />
      ) : null}
      {error && !(field && known.includes(field)) ? <Notice tone="danger">{error.message}</Notice> : null}
      <Button type="submit" tone="main" wide isBusy={isBusy}>
        {t.signIn}
      </Button>
    </Form>
  );
}

/** Making an account. A visitor keeps everything. */
export function RegisterForm({ onDone }: { readonly onDone?: (user: User) => void }) {
  const t = useTexts(entrance);
  const parley = useParley();
  const { isBusy, error, run } = useDoing();
  const [username, setUsername] = useState('');
  const [nickname, setNickname] = useState('');
  const [password, setPassword] = useState('');
  const field = fieldOf(error);
  const isTaken = error?.code === 'CONFLICT';
  const at = (name: string) => (error && field === name ? error.message : null);

  const submit = () =>
    run(async () => {
      const user = await parley.register({ username: username.trim(), password, ...(nickname.trim() === '' ? {} : { nickname: nickname.trim() }) });
      onDone?.(user);
    });

  return (
    <Form onSubmit={submit}>
      <Field
        label={t.username}
        value={username}
        onInput={setUsername}
        name="username"
        autocomplete="username"
        required
        autofocus
        maxLength={20}
        hint={t.usernameHint}
        error={isTaken ? t.usernameTaken : at('username')}
      />
      <Field label={t.nickname} value={nickname} onInput={setNickname} name="nickname" autocomplete="nickname" maxLength={50} error={at('nickname')} />
      <Password label={t.password} value={password} onInput={setPassword} autocomplete="new-password" hint={t.passwordHint} error={at('password')} />
      {error && !isTaken && !(field && known.includes(field)) ? <Notice tone="danger">{error.message}</Notice> : null}
      <Button type="submit" tone="main" wide isBusy={isBusy}>
        {t.register}
      </Button>
    </Form>
  );
}

/** A form that is sent by the page itself. */
export function Form({ onSubmit, children }: { readonly onSubmit: () => unknown; readonly children: ComponentChildren }) {
  return (
    <form
      class="form"
      onSubmit={(event) => {
        event.preventDefault();
        onSubmit();
      }}
    >
      {children}
    </form>
  );
}

export interface PasswordProps {
  readonly label: string;
  readonly value: string;
  readonly onInput: (value: string) => void;
  readonly autocomplete: 'current-password' | 'new-password';
  readonly hint?: string;
  readonly error?: string | null;
}

/** A password, which can be looked at. */
export function Password({ autocomplete, ...field }: PasswordProps) {
  const t = useTexts(entrance);
  const [isShown, setShown] = useState(false);
  return (
    <div class="password">
      <Field {...field} type={isShown ? 'text' : 'password'} name={autocomplete} autocomplete={autocomplete} required />
      <label class="password-show small">
        <input type="checkbox" checked={isShown} onChange={(event) => setShown(event.currentTarget.checked)} />
        {t.showPassword}
      </label>
    </div>
  );
}
