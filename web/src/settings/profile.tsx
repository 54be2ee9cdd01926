import { UpdateProfileDocument, type UserDetailsFragment } from 'parley-client/documents';
import { useParley } from 'parley-client/react';
import { useState } from 'preact/hooks';
import { fieldOf } from '../app/errors.ts';
import { useTexts } from '../app/i18n.ts';
import { Button, Field, Notice, Select, TextArea, toast } from '../app/ui/index.ts';
import { useDoing } from '../people/reading.ts';
import { words } from '../texts/common.ts';
import { settings } from '../texts/settings.ts';
import { Form } from './account-form.tsx';
import { OwnAvatar } from './own-avatar.tsx';
import { WithAccount } from './reading-settings.tsx';

/** What others see of the viewer. */
export function Profile() {
  return <WithAccount>{({ user }) => <ProfileForm user={user} />}</WithAccount>;
}

function ProfileForm({ user }: { readonly user: UserDetailsFragment }) {
  const t = useTexts(settings);
  const common = useTexts(words);
  const parley = useParley();
  const { isBusy, error, run } = useDoing();
  const kept = {
    nickname: user.nickname === user.username ? '' : user.nickname,
    bio: user.profile.bio ?? '',
    location: user.profile.location ?? '',
    website: user.profile.website ?? '',
    gender: user.profile.gender,
    birthday: user.profile.birthday ?? '',
  };
  // What was written here stays while another device changes something else.
  const [written, setWritten] = useState<Partial<typeof kept>>({});
  const shown = { ...kept, ...written };
  const isChanged = Object.entries(written).some(([name, value]) => kept[name as keyof typeof kept] !== value);
  const write = (change: Partial<typeof kept>) => setWritten({ ...written, ...change });
  const field = fieldOf(error);
  const at = (name: keyof typeof kept) => (error && field === name ? error.message : null);

  const save = () =>
    run(async () => {
      const { gender, ...texts } = written;
      const emptyToNull = Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, text?.trim() || null]));
      await parley.request(UpdateProfileDocument, { input: { ...emptyToNull, ...(gender ? { gender } : {}) } });
      setWritten({});
      toast(t.profileSaved);
    });

  return (
    <>
      <OwnAvatar user={user} />
      <Form onSubmit={save}>
        <Field
          label={t.nickname}
          value={shown.nickname}
          onInput={(nickname) => write({ nickname })}
          maxLength={50}
          hint={t.nicknameHint}
          error={at('nickname')}
        />
        <TextArea label={t.bio} value={shown.bio} onInput={(bio) => write({ bio })} maxLength={500} error={at('bio')} />
        <Field label={t.location} value={shown.location} onInput={(location) => write({ location })} maxLength={100} error={at('location')} />
        <Field label={t.website} value={shown.website} onInput={(website) => write({ website })} hint={t.websiteHint} error={at('website')} />
        <Select
          label={t.gender}
          value={shown.gender}
          options={(['UNKNOWN', 'FEMALE', 'MALE'] as const).map((value) => ({ value, label: t.genders[value] }))}
          onChange={(gender) => write({ gender })}
        />
        <Field
          label={t.birthday}
          type="date"
          value={shown.birthday}
          onInput={(birthday) => write({ birthday })}
          max={new Date().toISOString().slice(0, 10)}
          hint={t.birthdayHint}
          error={at('birthday')}
        />
        {error && !(field && field in kept) ? <Notice tone="danger">{error.message}</Notice> : null}
        <div class="settings-save">
          <Button type="submit" tone="main" isBusy={isBusy} disabled={!isChanged}>
            {common.save}
          </Button>
        </div>
      </Form>
    </>
  );
}
