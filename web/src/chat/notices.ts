import { signal } from '@preact/signals';
import type { Message } from 'parley-client';
import { textsNow } from '../app/i18n.ts';
import { keep, readKept } from '../app/kept.ts';
import { parley } from '../app/parley.ts';
import { navigate } from '../app/router.ts';
import { chatPath } from '../people/paths.ts';
import { chatTexts } from '../texts/chat.ts';
import { summaryOf } from './content.tsx';

type Choice = 'unasked' | 'on' | 'off' | 'blocked' | 'impossible';

function present(): Choice {
  if (typeof Notification === 'undefined') return 'impossible';
  if (Notification.permission === 'denied') return 'blocked';
  if (readKept('notices') === 'no') return 'off';
  return Notification.permission === 'granted' ? 'on' : 'unasked';
}

/** Notices of the browser: whether the person wants them, was not asked yet, or the browser forbids them. */
export const noticeChoice = signal<Choice>(present());

/** Asks the browser, which asks the person. It has to come from a press of a button. */
export async function allowNotices(): Promise<void> {
  keep('notices', null);
  await Notification.requestPermission();
  noticeChoice.value = present();
}

export function refuseNotices(): void {
  keep('notices', 'no');
  noticeChoice.value = present();
}

/** Shows a notice of the browser for each message of somebody else that comes while the page is hidden, until the function that it gives is called. */
export function showNotices(): () => void {
  return parley.onEvent((event) => {
    if (event.__typename !== 'MessageSent' || !('message' in event)) return;
    if (document.visibilityState === 'visible' || noticeChoice.peek() !== 'on') return;
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
