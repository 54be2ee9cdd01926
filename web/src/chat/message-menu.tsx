import type { Conversation, Message } from 'parley-client';
import { PinMessageDocument, UnpinMessageDocument } from 'parley-client/documents';
import { textsNow, useTexts } from '../app/i18n.ts';
import { parley } from '../app/parley.ts';
import { IconButton, type MenuItem, MenuList, type MenuPlace, toast } from '../app/ui/index.ts';
import { chatTexts } from '../texts/chat.ts';
import { editableText } from './composer.tsx';
import { quickEmoji } from './emoji.ts';
import { tell } from './errors.ts';
import type { Limits } from './use-limits.ts';

/** What the menu of a message leads to in the pane. */
export interface MenuActions {
  reply(message: Message): void;
  edit(message: Message): void;
  askRecall(message: Message): void;
  forward(message: Message): void;
  showReactors(message: Message): void;
  toggleReaction(message: Message, emoji: string): void;
  openEmoji(message: Message, place: MenuPlace): void;
  retry(message: Message): void;
  discard(message: Message): void;
}

interface Props {
  readonly message: Message;
  readonly place: MenuPlace;
  readonly conversation: Conversation | null;
  readonly isReadOnly: boolean;
  readonly limits: Limits;
  readonly actions: MenuActions;
  readonly onClose: () => void;
}

/** Everything that can be done at a message, and nothing that the server would refuse anyway. */
export function MessageMenu({ message, place, conversation, isReadOnly, limits, actions, onClose }: Props) {
  const t = useTexts(chatTexts);
  const canReact = !isReadOnly && message.state === 'sent';
  return (
    <MenuList label={t.messageMenu} place={place} items={itemsOf(message, conversation, isReadOnly, limits, actions)} onClose={onClose}>
      {canReact && (
        // biome-ignore lint/a11y/useSemanticElements: a fieldset is for the fields of a form.
        <div class="menu-emoji" role="group" aria-label={t.react} onKeyDown={moveAside}>
          {quickEmoji.map((emoji) => (
            <button
              key={emoji}
              type="button"
              class="emoji"
              aria-pressed={message.reactions.some((one) => one.viewerReacted && one.emoji === emoji)}
              onClick={() => {
                onClose();
                actions.toggleReaction(message, emoji);
              }}
            >
              {emoji}
            </button>
          ))}
          <IconButton
            icon="add"
            label={t.moreEmoji}
            onClick={() => {
              onClose();
              actions.openEmoji(message, place);
            }}
          />
        </div>
      )}
    </MenuList>
  );
}

function moveAside(event: KeyboardEvent & { readonly currentTarget: HTMLElement }): void {
  const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (step === undefined) return;
  const all = [...event.currentTarget.querySelectorAll('button')];
  event.preventDefault();
  all[(all.findIndex((element) => element.matches(':focus')) + step + all.length) % all.length]?.focus();
}

function itemsOf(message: Message, conversation: Conversation | null, isReadOnly: boolean, limits: Limits, actions: MenuActions): MenuItem[] {
  const t = textsNow(chatTexts);
  const text = message.content?.text ?? '';
  const copy: MenuItem = { label: t.copy, icon: 'copy', onSelect: () => void copyText(editableText(message) || text) };
  if (message.state === 'failed') {
    return [
      { label: t.retry, icon: 'retry', onSelect: () => actions.retry(message) },
      copy,
      { label: t.discard, icon: 'trash', isDanger: true, startsPart: true, onSelect: () => actions.discard(message) },
    ];
  }
  const items: MenuItem[] = [];
  if (!isReadOnly) items.push({ label: t.reply, icon: 'reply', onSelect: () => actions.reply(message) });
  if (!isReadOnly && canEdit(message, limits)) items.push({ label: t.edit, icon: 'edit', onSelect: () => actions.edit(message) });
  items.push(copy, { label: t.forward, icon: 'forward', onSelect: () => actions.forward(message) });
  if (!isReadOnly && canPin(conversation)) {
    const isPinned = message.pinnedAt !== null;
    const variables = { messageId: message.id };
    const change = () => (isPinned ? parley.request(UnpinMessageDocument, variables) : parley.request(PinMessageDocument, variables));
    items.push({ label: isPinned ? t.unpin : t.pin, icon: 'pin', onSelect: () => void change().catch(tell) });
  }
  if (message.reactions.length > 0) items.push({ label: t.whoReacted, icon: 'people', onSelect: () => actions.showReactors(message) });
  if (!isReadOnly && canRecall(message, conversation, limits)) {
    items.push({ label: t.recall, icon: 'undo', isDanger: true, startsPart: true, onSelect: () => actions.askRecall(message) });
  }
  return items;
}

/** Whether less than so many seconds lie behind; where the server has not told how many yet, it decides. */
function isWithin(message: Message, seconds: number | undefined): boolean {
  return seconds === undefined || Date.now() - Date.parse(message.createdAt) < seconds * 1000;
}

export function canEdit(message: Message, limits: Limits): boolean {
  if (!message.isOwn || message.state !== 'sent' || message.recalledAt !== null || message.forwardedFrom !== null) return false;
  return editableText(message) !== null && isWithin(message, limits.get('editSeconds'));
}

function isAbove(conversation: Conversation | null): boolean {
  const role = conversation?.group?.viewerMember?.role;
  return role === 'OWNER' || role === 'ADMIN';
}

function canPin(conversation: Conversation | null): boolean {
  return conversation?.kind === 'DIRECT' || isAbove(conversation);
}

function canRecall(message: Message, conversation: Conversation | null, limits: Limits): boolean {
  if (message.isOwn) return isWithin(message, limits.get('recallSeconds')) || isAbove(conversation);
  return message.sender !== null && isAbove(conversation);
}

async function copyText(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    toast(textsNow(chatTexts).copied);
  } catch (error) {
    tell(error);
  }
}
