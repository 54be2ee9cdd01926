import { type ContactFragment, ContactsDocument } from 'parley-client/documents';
import { useParley } from 'parley-client/react';
import { useState } from 'preact/hooks';
import { useTexts } from '../app/i18n.ts';
import { Avatar, Empty, Field } from '../app/ui/index.ts';
import { groupTexts } from '../texts/groups.ts';
import { Growing } from './growing.tsx';
import { nameOf } from './names.ts';
import { usePages } from './reading.ts';

export interface PersonPickerProps {
  readonly label: string;
  /** The ids of those who are chosen. */
  readonly chosen: ReadonlySet<string>;
  readonly onChange: (chosen: ReadonlySet<string>) => void;
  /** Ids of users who are not offered. */
  readonly without?: ReadonlySet<string>;
}

/** Friends to choose from. */
export function PersonPicker({ label, chosen, onChange, without }: PersonPickerProps) {
  const t = useTexts(groupTexts);
  const parley = useParley();
  const [filter, setFilter] = useState('');
  const pages = usePages(
    'friends',
    async (after) => (await parley.request(ContactsDocument, { kind: 'FRIEND', first: 100, after })).contacts,
    ({ __typename }) => __typename === 'UserChanged',
  );
  const offered = pages.items.filter(({ id }) => !without?.has(id));
  const wanted = filter.trim().toLowerCase();
  const shown = offered.filter((user) => wanted === '' || [nameOf(user), user.nickname, user.username].some((name) => name.toLowerCase().includes(wanted)));
  const toggle = ({ id }: ContactFragment) => {
    const next = new Set(chosen);
    if (!next.delete(id)) next.add(id);
    onChange(next);
  };
  if (pages.isRead && offered.length === 0) return <Empty icon="people" title={t.noFriends} />;
  return (
    <fieldset class="choice picker">
      <legend class="field-label">
        {label} {chosen.size > 0 ? <span class="soft">· {t.chosen(chosen.size)}</span> : null}
      </legend>
      {offered.length > 8 ? (
        <Field label={t.filterFriends} isLabelUnseen type="search" placeholder={t.filterFriends} value={filter} onInput={setFilter} />
      ) : null}
      <div class="picker-list">
        <Growing pages={pages}>
          {shown.map((user) => (
            <label key={user.id} class="picker-option">
              <input type="checkbox" checked={chosen.has(user.id)} onChange={() => toggle(user)} />
              <Avatar id={user.id} name={nameOf(user)} url={user.avatar} size={32} />
              <span class="line">{nameOf(user)}</span>
            </label>
          ))}
        </Growing>
      </div>
    </fieldset>
  );
}
