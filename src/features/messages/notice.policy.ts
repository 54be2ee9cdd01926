import type { Locale, Sentence } from '../../kernel/errors.ts';
import { isolatedName } from '../../kernel/names.ts';
import { isObject, storedJson } from '../../kernel/stored-json.ts';

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

/** The sentence of a notice in the reader's language; the code itself where this version does not know it. */
export function noticeText(code: string, names: NoticeNames, locale: Locale): string {
  const isKnown = (value: string): value is NoticeCode => Object.hasOwn(notices, value);
  if (!isKnown(code)) return code;
  const separator = locale === 'zh' ? '、' : ', ';
  const rest = names.more ? (locale === 'zh' ? ` 等 ${names.more + (names.people?.length ?? 0)} 人` : ` and ${names.more} more`) : '';
  const people = (names.people ?? []).map(isolatedName).join(separator) + rest;
  const values: Record<string, string> = { actor: isolatedName(names.actor ?? ''), people, name: isolatedName(names.name ?? '') };
  return notices[code][locale].replace(/\{(\w+)\}/g, (_whole, key: string) => values[key] ?? '');
}

/** The names stored with a notice, as far as this version knows them. */
export function storedNames(json: string | null): NoticeNames {
  const parsed = json === null ? null : storedJson(json);
  const { actor, people, more, name }: Record<string, unknown> = isObject(parsed) ? parsed : {};
  return {
    ...(typeof actor === 'string' && { actor }),
    ...(Array.isArray(people) && { people: people.filter((each) => typeof each === 'string') }),
    ...(typeof more === 'number' && { more }),
    ...(typeof name === 'string' && { name }),
  };
}
