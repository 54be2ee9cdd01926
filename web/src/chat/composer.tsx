import type { Chat, Message, SendOptions, Upload } from 'parley-client';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { useTexts } from '../app/i18n.ts';
import { isOfInputMethod } from '../app/input-method.ts';
import { parley } from '../app/parley.ts';
import { Icon, IconButton, Menu, toast } from '../app/ui/index.ts';
import { chatTexts } from '../texts/chat.ts';
import { ContactDialog, LocationDialog } from './attach-dialogs.tsx';
import { summaryOf } from './content.tsx';
import { drafts, keepDraft } from './drafts.ts';
import { EmojiPicker } from './emoji-picker.tsx';
import { filesFor, keepFiles } from './kept-files.ts';
import { MentionList } from './mention-list.tsx';
import { type Mentionable, mentionablesFor, mentionedIn, mentionQueryOf, withMention } from './mentions.ts';
import { mostFiles, PickedFiles, pickFile } from './picked-files.tsx';
import { canRecord } from './recorder.ts';
import { VoiceBar } from './voice-bar.tsx';

/** What the next message is: an answer to one, or the new words of one. */
export type Intent = { readonly kind: 'reply' | 'edit'; readonly message: Message } | null;

interface Props {
  readonly chat: Chat;
  /** By what its draft is kept. */
  readonly draftKey: string;
  readonly intent: Intent;
  readonly onIntent: (intent: Intent) => void;
  readonly onEditLast: () => void;
  /** Something was sent, which stands at the end. */
  readonly onSent: () => void;
  readonly mentionables: readonly Mentionable[];
  readonly nameOf: (message: Message) => string;
  /** Takes files that were dropped elsewhere. */
  readonly handle: { current: { addFiles(files: Iterable<File>): void; focus(): void } | null };
}

/** How many code points a text may have. */
const mostCharacters = 5000;

/** What a message says that can be written anew; null where there is no such text. */
export function editableText({ content }: Message): string | null {
  if (content?.__typename === 'TextContent') return content.text;
  return content?.__typename === 'AttachmentsContent' ? (content.caption ?? '') : null;
}

/** Where messages are written. Enter sends, Shift and Enter begin a line, Escape takes back an answer or a change, arrow up changes the last message. */
export function Composer({ chat, draftKey, intent, onIntent, onEditLast, onSent, mentionables, nameOf, handle }: Props) {
  const t = useTexts(chatTexts);
  const field = useRef<HTMLTextAreaElement>(null);
  const picker = useRef<HTMLInputElement>(null);
  const emojiButton = useRef<HTMLButtonElement>(null);
  const [text, setText] = useState(() => drafts.peek().get(draftKey) ?? '');
  const files = filesFor(draftKey);
  const [caret, setCaret] = useState(0);
  const [chosen, setChosen] = useState<readonly Mentionable[]>([]);
  const [active, setActive] = useState(0);
  const [isMentionClosed, setMentionClosed] = useState(false);
  const [isEmojiOpen, setEmojiOpen] = useState(false);
  const [isRecording, setRecording] = useState(false);
  const [dialog, setDialog] = useState<'location' | 'contact' | null>(null);
  const wantedCaret = useRef<number | null>(null);
  const editing = intent?.kind === 'edit' ? intent.message : null;
  const editingId = editing?.id ?? null;

  // Before the next key comes: it belongs to the words that are changed.
  useLayoutEffect(() => {
    if (editing) {
      const words = editableText(editing) ?? '';
      setText(words);
      wantedCaret.current = words.length;
    }
    if (intent) field.current?.focus();
  }, [editingId, intent]);
  useLayoutEffect(() => {
    if (editingId !== null) return () => setText(drafts.peek().get(draftKey) ?? '');
  }, [editingId]);
  useLayoutEffect(() => {
    const element = field.current;
    if (!element) return;
    if (!CSS.supports('field-sizing', 'content')) {
      element.style.height = 'auto';
      element.style.height = `${element.scrollHeight}px`;
    }
    if (wantedCaret.current !== null) element.setSelectionRange(wantedCaret.current, wantedCaret.current);
    wantedCaret.current = null;
  }, [text]);

  const addFiles = (more: Iterable<File>) => {
    const room = Math.max(0, mostFiles - files.length);
    const all = [...more];
    if (all.length > room) toast(t.tooManyFiles, { isError: true });
    if (editing === null) keepFiles(draftKey, [...files, ...all.slice(0, room).map((file) => pickFile(file))]);
  };
  handle.current = { addFiles, focus: () => field.current?.focus() };

  const query = mentionables.length > 0 && !isMentionClosed ? mentionQueryOf(text, caret) : null;
  const found = query ? mentionablesFor(mentionables, query.text) : [];
  const isMentioning = query !== null && found.length > 0;

  const change = (next: string, at: number) => {
    setText(next);
    setCaret(at);
    setActive(0);
    setMentionClosed(false);
    if (editing === null) keepDraft(draftKey, next);
    if (next.trim() !== '') chat.setTyping();
  };
  const insert = (words: string) => {
    const element = field.current;
    const [from, to] = [element?.selectionStart ?? text.length, element?.selectionEnd ?? text.length];
    wantedCaret.current = from + words.length;
    change(text.slice(0, from) + words + text.slice(to), from + words.length);
    element?.focus();
  };
  const mention = (person: Mentionable) => {
    if (!query) return;
    const next = withMention(text, query, person.name);
    wantedCaret.current = next.caret;
    setChosen([...chosen, person]);
    change(next.text, next.caret);
    field.current?.focus();
  };

  // A press on the button closes the open picker before its click arrives, which would open it again.
  const emojiClosedAt = useRef(Number.NEGATIVE_INFINITY);
  const closeEmoji = () => {
    emojiClosedAt.current = performance.now();
    setEmojiOpen(false);
  };

  const isTooLong = text.length > mostCharacters && [...text].length > mostCharacters;
  const isEmpty = text.trim() === '' && files.length === 0;
  const options = (): SendOptions => {
    const { ids, everyone } = mentionedIn(text, chosen);
    return {
      ...(intent?.kind === 'reply' ? { replyTo: intent.message.id } : {}),
      ...(ids.length > 0 ? { mentions: ids } : {}),
      ...(everyone ? { mentionsEveryone: true } : {}),
    };
  };
  const reset = () => {
    keepDraft(draftKey, '');
    setText('');
    keepFiles(draftKey, []);
    setChosen([]);
    onIntent(null);
  };
  const submit = () => {
    if (isTooLong) return;
    if (editing) {
      if (text.trim() !== '' || editing.content?.__typename === 'AttachmentsContent') {
        if (text !== editableText(editing)) chat.edit(editing.id, text).catch((error: Error) => toast(error.message, { isError: true }));
        onIntent(null);
      }
      return;
    }
    if (isEmpty) return;
    const uploads: readonly Upload[] = files.map(({ upload }) => upload);
    const content = uploads.length > 0 ? { attachments: uploads, ...(text.trim() === '' ? {} : { caption: text }) } : text;
    // What is refused shows at the message, with what can be done about it.
    chat.send(content, options()).catch(() => {});
    onSent();
    reset();
  };
  const sendVoice = ({ blob, duration }: { readonly blob: Blob; readonly duration: number }) => {
    setRecording(false);
    const upload = parley.upload(blob, { kind: 'AUDIO', name: `voice.${blob.type.split('/')[1] ?? 'webm'}`, duration });
    upload.ready.catch(() => {});
    chat.send({ attachments: [upload] }, options()).catch(() => {});
    onSent();
    onIntent(null);
  };

  const onKeyDown = (event: KeyboardEvent) => {
    // An Enter that ends a word of an input method sends nothing.
    if (isOfInputMethod(event)) return;
    if (isMentioning) {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step !== undefined) {
        event.preventDefault();
        return setActive((active + step + found.length) % found.length);
      }
      const person = found[active];
      if ((event.key === 'Enter' || event.key === 'Tab') && person) {
        event.preventDefault();
        return mention(person);
      }
      if (event.key === 'Escape') {
        event.preventDefault();
        return setMentionClosed(true);
      }
    }
    if (event.key === 'Enter' && !event.shiftKey) {
      event.preventDefault();
      submit();
    } else if (event.key === 'Escape' && intent) {
      event.preventDefault();
      onIntent(null);
    } else if (event.key === 'ArrowUp' && text === '' && intent === null) {
      event.preventDefault();
      onEditLast();
    }
  };

  if (isRecording) return <VoiceBar onDone={sendVoice} onClose={() => setRecording(false)} />;
  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      {intent && (
        <div class="composer-intent">
          <Icon name={intent.kind === 'edit' ? 'edit' : 'reply'} size={18} />
          <span class="file-words">
            <span class="line composer-intent-title">{intent.kind === 'edit' ? t.editing : t.replyTo(nameOf(intent.message))}</span>
            <span class="line small soft">{summaryOf(intent.message.content)}</span>
          </span>
          <IconButton icon="close" size={18} label={t.cancel} onClick={() => onIntent(null)} />
        </div>
      )}
      {files.length > 0 && <PickedFiles files={files} onChange={(next) => keepFiles(draftKey, next)} />}
      {isMentioning && <MentionList people={found} active={active} onPick={mention} />}
      <div class="composer-line">
        <input
          ref={picker}
          type="file"
          multiple
          hidden
          onChange={(event) => {
            addFiles(event.currentTarget.files ?? []);
            event.currentTarget.value = '';
          }}
        />
        <Menu
          icon="attach"
          label={t.attach}
          items={[
            { label: t.attachFiles, icon: 'file', disabled: editing !== null, onSelect: () => picker.current?.click() },
            { label: t.sendLocation, icon: 'flag', onSelect: () => setDialog('location') },
            { label: t.sendContact, icon: 'people', onSelect: () => setDialog('contact') },
          ]}
        />
        <textarea
          ref={field}
          class="composer-field"
          rows={1}
          dir="auto"
          value={text}
          placeholder={files.length > 0 ? t.caption : t.write}
          aria-label={files.length > 0 ? t.caption : t.write}
          aria-autocomplete={mentionables.length > 0 ? 'list' : undefined}
          aria-controls={isMentioning ? 'mentions' : undefined}
          aria-activedescendant={isMentioning ? `mention-${active}` : undefined}
          aria-invalid={isTooLong || undefined}
          enterkeyhint="send"
          onInput={(event) => change(event.currentTarget.value, event.currentTarget.selectionEnd)}
          onSelect={(event) => setCaret(event.currentTarget.selectionEnd)}
          onKeyDown={onKeyDown}
          onPaste={(event) => {
            const pasted = event.clipboardData;
            if (!pasted || pasted.files.length === 0) return;
            // Cells of a table and words of a document bring a picture of themselves: it is the words that are meant.
            if (pasted.types.includes('text/plain') && pasted.types.includes('text/html')) return;
            event.preventDefault();
            addFiles(pasted.files);
          }}
        />
        <IconButton
          icon="emoji"
          label={t.emoji}
          buttonRef={emojiButton}
          aria-haspopup="dialog"
          aria-expanded={isEmojiOpen}
          // A press on the button closes the open picker before its click arrives here.
          onClick={() => setEmojiOpen(performance.now() - emojiClosedAt.current > 250)}
        />
        {isEmpty && editing === null && canRecord() ? (
          <IconButton icon="mic" label={t.record} onClick={() => setRecording(true)} />
        ) : (
          <button
            type="submit"
            class="icon-button icon-button-main"
            aria-label={editing ? t.save : t.send}
            title={editing ? t.save : t.send}
            disabled={isEmpty || isTooLong}
          >
            <Icon name={editing ? 'check' : 'send'} />
          </button>
        )}
      </div>
      {isTooLong && (
        <p class="composer-error small" role="alert">
          {t.tooLong(mostCharacters)}
        </p>
      )}
      {dialog === 'location' && <LocationDialog chat={chat} onClose={() => setDialog(null)} />}
      {dialog === 'contact' && <ContactDialog chat={chat} onClose={() => setDialog(null)} />}
      {isEmojiOpen && emojiButton.current && <EmojiPicker place={emojiButton.current} onPick={insert} onClose={closeEmoji} />}
    </form>
  );
}
