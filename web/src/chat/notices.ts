import { signal } from '@preact/signals';
import type { Message } from 'parley-client';
import { textsNow } from '../app/i18n.ts';
import { keep, readKept } from '../app/kept.ts';
import { parley } from '../app/parley.ts';
import { navigate } from '../app/router.ts';
import { chatPath } from '../people/paths.ts';
import { chatTexts } from '../texts/chat.ts';
import { summaryOf } from './content.tsx';

/** Whether the person could be asked for notices of the browser: they were not, and did not say "not now". */
export const canOffer = signal(typeof Notification !== 'undefined' && Notification.permission === 'default' && readKept('notices') !== 'no');

/** Asks the browser, which asks the person. It has to come from a press of a button. */
export async function allowNotices(): Promise<void> {
  canOffer.value = false;
  await Notification.requestPermission();
}

export function refuseNotices(): void {
  keep('notices', 'no');
  canOffer.value = false;
}

/** Shows a notice of the browser for each message of somebody else that comes while the page is hidden, until the function that it gives is called. */
export function showNotices(): () => void {
  return parley.onEvent((event) => {
    if (event.__typename !== 'MessageSent' || !('message' in event)) return;
    if (document.visibilityState === 'visible' || typeof Notification === 'undefined' || Notification.permission !== 'granted') return;
    const id = idOf(event.message);
    const message = id === null ? null : parley.entity<Message>(id).get();
    if (message) show(message);
  });
}

function show(message: Message): void {
  const session = parley.session.get();
  if (session.status !== 'signedIn' || message.sender?.id === session.user.id || message.content?.__typename === 'NoticeContent') return;
  const known = [...parley.conversations.get().conversations, ...parley.archived.get().conversations];
  const conversation = known.find(({ id }) => id === message.conversation.id);
  if (!conversation || conversation.isMuted) return;
  const t = textsNow(chatTexts);
  const words = summaryOf(message.content);
  const name = message.sender?.nickname ?? t.server;
  try {
    const notice = new Notification(conversation.title, { body: conversation.kind === 'GROUP' ? t.incoming(name, words) : words, tag: conversation.id });
    notice.addEventListener('click', () => {
      window.focus();
      navigate(chatPath(conversation.id));
      notice.close();
    });
  } catch {
    // Some browsers on phones let only service workers show them.
  }
}

function idOf(value: unknown): string | null {
  return typeof value === 'object' && value !== null && 'id' in value && typeof value.id === 'string' ? value.id : null;
}
