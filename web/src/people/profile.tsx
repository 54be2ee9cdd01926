import type { UserDetailsFragment } from 'parley-client/documents';
import { languageTag, useTexts } from '../app/i18n.ts';
import { peopleTexts } from '../texts/people.ts';

/** What somebody says of themselves; nothing where they say nothing. */
export function Profile({ user }: { readonly user: UserDetailsFragment }) {
  const t = useTexts(peopleTexts);
  const { bio, location, website, birthday, gender } = user.profile;
  const rows = [
    [t.bio, bio],
    [t.location, location],
    [
      t.website,
      website ? (
        <a href={website} target="_blank" rel="noopener noreferrer nofollow">
          {website.replace(/^https:\/\//, '')}
        </a>
      ) : null,
    ],
    [
      t.birthday,
      birthday ? new Intl.DateTimeFormat(languageTag.value, { dateStyle: 'long', timeZone: 'UTC' }).format(new Date(`${birthday}T00:00:00Z`)) : null,
    ],
    [t.gender, { FEMALE: t.female, MALE: t.male, UNKNOWN: null }[gender]],
  ] as const;
  const said = rows.filter(([, value]) => value !== null && value !== undefined && value !== '');
  if (said.length === 0) return null;
  return (
    <dl class="facts">
      {said.map(([label, value]) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
