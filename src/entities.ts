import { AuditRecord } from './features/audit/audit.entity.ts';
import { Session } from './features/auth/session.entity.ts';
import { CleaningProgress } from './features/cleaning/cleaning-progress.entity.ts';
import { Relation } from './features/contacts/relation.entity.ts';
import { Conversation, Member } from './features/conversations/conversation.entity.ts';
import { Roll, RollPlace } from './features/conversations/roll.entity.ts';
import { File, FileUse } from './features/files/file.entity.ts';
import { FriendRequest } from './features/friends/friend-request.entity.ts';
import { Group, JoinRequest, OwnerJob } from './features/groups/group.entity.ts';
import { ExternalPerson } from './features/identity/external-person.entity.ts';
import { Clock, Entry, EpochTime, Log } from './features/log/log.entity.ts';
import { ServingNode } from './features/log/node.entity.ts';
import { Secret } from './features/log/secret.entity.ts';
import { IndexNote } from './features/message-index/index-note.entity.ts';
import { IndexProgress } from './features/message-index/index-progress.entity.ts';
import { MessageGram } from './features/message-index/message-gram.entity.ts';
import { SearchProgress } from './features/message-index/search-progress.entity.ts';
import { SearchRow } from './features/message-index/search-row.entity.ts';
import { Mention, Message } from './features/messages/message.entity.ts';
import { SentNotice } from './features/notices/sent-notice.entity.ts';
import { SystemConversation } from './features/notices/system-conversation.entity.ts';
import { Pin } from './features/pins/pin.entity.ts';
import { Provider } from './features/providers/provider.entity.ts';
import { Reaction } from './features/reactions/reaction.entity.ts';
import { ServerKey } from './features/server-keys/server-key.entity.ts';
import { Made } from './features/users/made.entity.ts';
import { NameSuffix } from './features/users/name-suffix.entity.ts';
import { ProfileJob, User } from './features/users/user.entity.ts';

/** Every table. A migration for both dialects is made from this list: `npm run migration`. */
export const entities = [
  Clock,
  EpochTime,
  Log,
  Entry,
  Secret,
  File,
  FileUse,
  User,
  ProfileJob,
  AuditRecord,
  Session,
  Relation,
  Conversation,
  Member,
  Roll,
  RollPlace,
  Message,
  Mention,
  Reaction,
  Pin,
  FriendRequest,
  Group,
  JoinRequest,
  OwnerJob,
  Made,
  NameSuffix,
  MessageGram,
  IndexProgress,
  IndexNote,
  SearchRow,
  SearchProgress,
  CleaningProgress,
  ServingNode,
  Provider,
  ExternalPerson,
  ServerKey,
  SystemConversation,
  SentNotice,
] as const;
