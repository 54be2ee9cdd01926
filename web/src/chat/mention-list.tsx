import { useTexts } from '../app/i18n.ts';
import { Avatar, Icon } from '../app/ui/index.ts';
import { chatTexts } from '../texts/chat.ts';
import type { Mentionable } from './mentions.ts';

interface Props {
  readonly people: readonly Mentionable[];
  readonly active: number;
  readonly onPick: (person: Mentionable) => void;
}

/** Whom an @ can name. The focus stays in the text: the text says which one is active. */
export function MentionList({ people, active, onPick }: Props) {
  const t = useTexts(chatTexts);
  return (
    <div class="mention-list" id="mentions" role="listbox" aria-label={t.mentionPeople}>
      {people.map((person, index) => (
        // biome-ignore lint/a11y/useFocusableInteractive: the focus stays in the text.
        // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are those of the text.
        <div
          key={person.id ?? ''}
          id={`mention-${index}`}
          class="mention-option"
          role="option"
          aria-selected={index === active}
          onMouseDown={(event) => event.preventDefault()}
          onClick={() => onPick(person)}
        >
          {person.id === null ? <Icon name="group" size={28} /> : <Avatar id={person.id} name={person.name} url={person.avatar} size={28} />}
          <span class="line">{person.name}</span>
          {person.id !== null && <span class="line small soft">{person.username}</span>}
        </div>
      ))}
    </div>
  );
}
