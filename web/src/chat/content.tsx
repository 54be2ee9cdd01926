import type { Message } from 'parley-client';
import { useTexts } from '../app/i18n.ts';
import { Avatar, Icon } from '../app/ui/index.ts';
import { chatTexts } from '../texts/chat.ts';
import { Attachments, UploadRow } from './attachments.tsx';
import type { MessageActions } from './message-actions.ts';
import { isEmojiOnly, type Mentioned, partsOf } from './text-parts.ts';

interface Props {
  readonly message: Message;
  readonly actions: MessageActions;
}

/** What a message says, of whatever kind. Of a kind that is yet to come it shows the text. */
export function Content({ message, actions }: Props) {
  const t = useTexts(chatTexts);
  const { content } = message;
  if (content === null) return <UploadList message={message} />;
  switch (content.__typename) {
    case 'TextContent':
      return <Text message={message} text={content.text} actions={actions} />;
    case 'AttachmentsContent':
      return (
        <>
          {content.files.length > 0 ? <Attachments files={content.files} onOpen={actions.openPictures} /> : <UploadList message={message} />}
          {content.caption !== null && content.caption !== '' && <Text message={message} text={content.caption} actions={actions} />}
        </>
      );
    case 'LocationContent':
      return (
        <a
          class="file-row"
          href={`https://www.openstreetmap.org/?mlat=${content.latitude}&mlon=${content.longitude}#map=16/${content.latitude}/${content.longitude}`}
          target="_blank"
          rel="noopener noreferrer"
        >
          <span class="file-icon">
            <Icon name="flag" />
          </span>
          <span class="file-words">
            <span class="line">{content.name ?? t.location}</span>
            <span class="small soft">
              {content.latitude.toFixed(5)}, {content.longitude.toFixed(5)}
            </span>
            <span class="small">{t.openMap}</span>
          </span>
        </a>
      );
    case 'ContactContent':
      return (
        <button type="button" class="file-row" onClick={() => actions.openUser(content.user)}>
          <Avatar id={content.user.id} name={content.user.nickname} url={content.user.avatar} size={36} />
          <span class="file-words">
            <span class="line">{content.user.nickname}</span>
            <span class="small soft line">
              {t.contact} · {content.user.username}
            </span>
          </span>
        </button>
      );
    default:
      return <Text message={message} text={content.text === '' ? t.unknownContent : content.text} actions={actions} />;
  }
}

function UploadList({ message }: { readonly message: Message }) {
  return (
    <div class="attachments">
      {message.uploads.map((upload, index) => (
        <UploadRow key={upload.id ?? index} upload={upload} />
      ))}
    </div>
  );
}

function Text({ message, text, actions }: Props & { readonly text: string }) {
  const t = useTexts(chatTexts);
  const mentioned: Mentioned[] = message.mentions.map((user) => ({ id: user.id, names: [actions.nameOf(user), user.nickname, user.username] }));
  // Whoever wrote may have had the page in another language.
  const everyone = message.mentionsEveryone ? [t.everyone, ...Object.values(chatTexts).map((texts) => texts.everyone)] : [];
  return (
    <p class={isEmojiOnly(text) ? 'text text-emoji' : 'text'} dir="auto">
      {partsOf(text, mentioned, everyone).map((part, index) => {
        if (part.kind === 'text') return part.text;
        if (part.kind === 'link') {
          return (
            <a key={index} href={part.href} target="_blank" rel="noopener noreferrer nofollow">
              {part.text}
            </a>
          );
        }
        const user = message.mentions.find(({ id }) => id === part.userId);
        return user ? (
          <button key={index} type="button" class="mention" onClick={() => actions.openUser(user)}>
            {part.text}
          </button>
        ) : (
          <span key={index} class="mention">
            {part.text}
          </span>
        );
      })}
    </p>
  );
}

/** A message in one line of text, for lists, quotes and notices. */
export function summaryOf(content: { readonly text: string } | null): string {
  return (content?.text ?? '').replace(/\s+/gu, ' ').trim();
}
