import './entrance.css';
import type { EndReason } from 'parley-client';
import { useParley } from 'parley-client/react';
import { useEffect } from 'preact/hooks';
import { type Locale, locale, locales, setLocale, useTexts } from '../app/i18n.ts';
import logo from '../app/icon.svg';
import { match, navigate, path } from '../app/router.ts';
import { Button, Notice } from '../app/ui/index.ts';
import { useDoing } from '../people/reading.ts';
import { entrance } from '../texts/entrance.ts';
import { RegisterForm, SignInForm } from './account-form.tsx';

/** Signing in, registering, visiting; says why the last session is over. Whoever came by a link is there afterwards. */
export function Entrance({ reason }: { readonly reason: EndReason | null }) {
  const t = useTexts(entrance);
  const parley = useParley();
  const { isBusy, error, run } = useDoing();
  const registers = match('/register', path.value) !== null;

  useEffect(() => {
    document.title = `${registers ? t.register : t.signIn} · Parley`;
  }, [t, registers]);
  useEffect(
    // The address of the form is no place to be once one is in.
    () => () => {
      if (['/sign-in', '/register'].includes(location.pathname)) navigate('/', { replace: true });
    },
    [],
  );

  return (
    <main id="main" class="entrance">
      <div class="entrance-card">
        <header class="entrance-head">
          <img src={logo} width={48} height={48} alt="" />
          <h1 class="entrance-name">Parley</h1>
          <p class="soft">{t.welcome}</p>
        </header>
        {reason ? <Notice tone={reason === 'SIGNED_OUT' ? 'info' : 'warn'}>{sentenceFor(reason, t.reasons)}</Notice> : null}
        {registers ? <RegisterForm /> : <SignInForm />}
        <p class="entrance-other">{registers ? <a href="/sign-in">{t.haveAccount}</a> : <a href="/register">{t.noAccount}</a>}</p>
        <div class="entrance-visit">
          <Button wide isBusy={isBusy} onClick={() => void run(() => parley.visit())}>
            {t.visit}
          </Button>
          <p class="small soft">{t.visitHint}</p>
          {error ? <Notice tone="danger">{error.message}</Notice> : null}
        </div>
      </div>
      <LanguageLinks />
    </main>
  );
}

function sentenceFor<T extends { readonly other: string }>(reason: EndReason, sentences: T): string {
  const found = Object.entries<string>(sentences).find(([code]) => code === reason);
  return found?.[1] ?? sentences.other;
}

/** Every language by its own name, for whoever cannot read the one that is shown. */
function LanguageLinks() {
  const t = useTexts(entrance);
  return (
    <nav class="entrance-languages" aria-label={t.language}>
      {Object.entries(locales).map(([tag, name]) => (
        <button key={tag} type="button" lang={tag} class="entrance-language" aria-pressed={tag === locale.value} onClick={() => setLocale(tag as Locale)}>
          {name}
        </button>
      ))}
    </nav>
  );
}
