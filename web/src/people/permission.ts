import type { RelationshipFragment } from 'parley-client/documents';
import type { peopleTexts } from '../texts/people.ts';

type Words = (typeof peopleTexts)['en'];

/** Whether the viewer may write to somebody: in words, and what can be done about a no. */
export interface Permission {
  readonly allowed: boolean;
  readonly words: string;
  /** What would change it; null where only the other one can. */
  readonly way: 'befriend' | 'follow' | 'unblock' | 'register' | null;
}

/** Says it before anybody writes, so that nobody types a message that is refused. */
export function permissionOf(words: Words, name: string, { canMessage, isFriend, friendRequest }: RelationshipFragment): Permission {
  const { allowed, reason, remaining } = canMessage;
  const befriend = isFriend || friendRequest ? null : 'befriend';
  if (allowed) {
    if (remaining === null) return { allowed, words: words.mayWrite(name), way: null };
    return { allowed, words: remaining === 1 ? words.mayWriteOne(name) : words.mayWriteSome(name, remaining), way: befriend };
  }
  switch (reason) {
    case 'BLOCKED':
      return { allowed, words: words.becauseBlocked(name), way: null };
    case 'BLOCKED_BY_YOU':
      return { allowed, words: words.becauseBlockedByYou(name), way: 'unblock' };
    case 'LOGIN_REQUIRED':
      return { allowed, words: words.becauseLogin(name), way: 'register' };
    case 'FRIENDSHIP_REQUIRED':
      return { allowed, words: words.becauseFriendship(name), way: befriend };
    case 'FOLLOW_REQUIRED':
      return { allowed, words: words.becauseFollow(name), way: 'follow' };
    case 'MESSAGE_LIMIT_REACHED':
      return { allowed, words: words.becauseLimit(name), way: befriend };
    case 'RECIPIENT_UNAVAILABLE':
      return { allowed, words: words.becauseUnavailable(name), way: null };
    default:
      return { allowed, words: words.becauseOther(name), way: null };
  }
}
