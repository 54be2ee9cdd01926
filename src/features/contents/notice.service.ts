import { badInput, type Locale, type Sentence } from '../../kernel/errors.ts';
import { isolatedName } from '../../kernel/names.ts';
import { isObject, storedJson } from '../../kernel/stored-json.ts';
import { type Content, type ContentKind, type ContentRow, type Found, isOlderBeside } from './content.service.ts';

/** What the sentence of a notice names, as it was when it happened. */
export interface NoticeNames {
  /** Who did it. */
  readonly actor?: string;
  /** To whom, at most ten names; `more` says how many were left out. */
  readonly people?: readonly string[];
  readonly more?: number;
  /** The new name, or the like. */
  readonly name?: string;
}

/** `{actor}`, `{people}` and `{name}` stand for what the notice names. */
const notices = {
  FRIENDS: { zh: '你们已经是好友，现在可以开始聊天了', en: 'You are friends now: say hello' },
  GROUP_CREATED: { zh: '{actor} 创建了群聊', en: '{actor} created the group' },
  MEMBERS_INVITED: { zh: '{actor} 邀请 {people} 加入了群聊', en: '{actor} invited {people}' },
  MEMBER_JOINED: { zh: '{people} 加入了群聊', en: '{people} joined' },
  MEMBER_LEFT: { zh: '{people} 退出了群聊', en: '{people} left' },
  MEMBER_REMOVED: { zh: '{actor} 将 {people} 移出了群聊', en: '{actor} removed {people}' },
  GROUP_RENAMED: { zh: '{actor} 将群名修改为“{name}”', en: '{actor} renamed the group to “{name}”' },
  GROUP_ANNOUNCED: { zh: '{actor} 发布了群公告', en: '{actor} posted an announcement' },
  OWNER_SUCCEEDED: { zh: '{people} 成为新的群主', en: '{people} is the owner of the group now' },
  OWNER_CHANGED: { zh: '{actor} 将群主转让给了 {people}', en: '{actor} handed the group over to {people}' },
} as const satisfies Readonly<Record<string, Sentence>>;

/** What happened in a conversation: the values of `NoticeContent.code`. */
export type NoticeCode = keyof typeof notices;

/** All codes with their sentences, for the manual. */
export const noticeCatalogue: Readonly<Record<NoticeCode, Sentence>> = notices;

const mostNames = 10;

/** The names of people for a notice, shortened where there are many. */
export function namesOf(people: readonly string[]): Pick<NoticeNames, 'people' | 'more'> {
  return { people: people.slice(0, mostNames), more: Math.max(0, people.length - mostNames) };
}

/** What happened in a conversation. */
export class NoticeContent implements Content {
  readonly kind = 'NOTICE';
  readonly typename = 'NoticeContent';
  readonly searchable = null;
  /** One that this version does not know, where a newer one has written it. */
  readonly code: string;
  private readonly names: NoticeNames;

  constructor(code: string, names: NoticeNames) {
    this.code = code;
    this.names = names;
  }

  get stored() {
    const { code, names } = this;
    const content = JSON.stringify({ code, names });
    return isOlderBeside ? { content, noticeCode: code, noticeNames: JSON.stringify(names) } : { content };
  }

  /** Its sentence; the code itself where this version does not know it. */
  text(locale: Locale): string {
    const { code, names } = this;
    const isKnown = (value: string): value is NoticeCode => Object.hasOwn(notices, value);
    if (!isKnown(code)) return code;
    const separator = locale === 'zh' ? '、' : ', ';
    const rest = names.more ? (locale === 'zh' ? ` 等 ${names.more + (names.people?.length ?? 0)} 人` : ` and ${names.more} more`) : '';
    const people = (names.people ?? []).map(isolatedName).join(separator) + rest;
    const values: Record<string, string> = { actor: isolatedName(names.actor ?? ''), people, name: isolatedName(names.name ?? '') };
    return notices[code][locale].replace(/\{(\w+)\}/g, (_whole, key: string) => values[key] ?? '');
  }

  forwarded(): Found {
    throw badInput('content.forward', { zh: '系统通知不能转发', en: 'Notices cannot be forwarded' });
  }
}

/** Notices: nobody sends them, and nobody changes them. */
export const noticeKind: ContentKind = { kind: 'NOTICE', read: readNotice };

/** The notice that a row holds. */
export function readNotice({ content, noticeCode, noticeNames }: Pick<ContentRow, 'content' | 'noticeCode' | 'noticeNames'>): NoticeContent {
  if (noticeCode !== null) return new NoticeContent(noticeCode, namesIn(noticeNames === null ? null : storedJson(noticeNames)));
  const data = content === null ? null : storedJson(content);
  if (!isObject(data)) return new NoticeContent('', {});
  return new NoticeContent(typeof data.code === 'string' ? data.code : '', namesIn(data.names));
}

/** Whether a message is a notice. */
export function isNotice({ kind }: Pick<ContentRow, 'kind'>): boolean {
  return kind === noticeKind.kind;
}

/** The names stored with a notice, as far as this version knows them. */
function namesIn(stored: unknown): NoticeNames {
  const { actor, people, more, name }: Record<string, unknown> = isObject(stored) ? stored : {};
  return {
    ...(typeof actor === 'string' && { actor }),
    ...(Array.isArray(people) && { people: people.filter((each) => typeof each === 'string') }),
    ...(typeof more === 'number' && { more }),
    ...(typeof name === 'string' && { name }),
  };
}
