import { randomUUID } from 'node:crypto';
import type { Database } from '../../src/platform/database.ts';
import { type ContentPartsFragment, type MessageContentInput, SendContentDocument } from '../generated/graphql.ts';
import { present } from './client.ts';
import { type FileInput, insertFiles, kindsOfFiles } from './inserted-files.ts';
import type { Person } from './people.ts';

/** One way to say something that is no text. `about` is somebody whom everybody sees. */
export interface Sample {
  readonly typename: string;
  /** What is sent. */
  content(about: Person): MessageContentInput;
  /** Contents of the same kind that say something else. */
  others(about: Person, another: Person): readonly MessageContentInput[];
  /** What is shown of it, beside `text`. */
  shown(about: Person): object;
  /** What is shown where the type is not known. */
  text(about: Person): { readonly en: string; readonly zh: string };
  /** By what it is found; no other content of the sample has it. */
  words(about: Person): string;
}

const poll = { type: 'com.example.poll', data: '{"question" : "lunch?",\n"n":1.0,"n":1e0, "é":"\\u00e9"}', text: 'A poll: who comes along to the noodle bar?' };
const place = { latitude: 39.9087, longitude: -116.3975, name: 'Old lighthouse' };

/** One of each kind that needs no file. */
export const samples: readonly Sample[] = [
  {
    typename: 'CustomContent',
    content: () => ({ custom: poll }),
    others: () =>
      [
        { ...poll, type: 'com.example.vote' },
        { ...poll, data: poll.data.replace(' :', ':') },
        { ...poll, text: 'otherwise' },
      ].map((custom) => ({ custom })),
    shown: () => ({ type: poll.type, data: poll.data }),
    text: () => ({ en: poll.text, zh: poll.text }),
    words: () => 'noodle bar',
  },
  {
    typename: 'LocationContent',
    content: () => ({ location: place }),
    others: () =>
      [
        { ...place, latitude: 39.9088 },
        { ...place, longitude: 116.3975 },
        { ...place, name: 'New lighthouse' },
        { ...place, name: null },
      ].map((location) => ({ location })),
    shown: () => place,
    text: () => ({ en: '[location] Old lighthouse', zh: '[位置] Old lighthouse' }),
    words: () => 'old light',
  },
  {
    typename: 'ContactContent',
    content: ({ user }) => ({ contact: user.id }),
    others: (_about, { user }) => [{ contact: user.id }],
    shown: ({ user }) => ({ user: { id: user.id, nickname: user.nickname } }),
    text: ({ user }) => ({ en: `[contact] ${user.nickname}`, zh: `[名片] ${user.nickname}` }),
    words: ({ user }) => user.nickname,
  },
];

/** Files of somebody, of all kinds where none are said, as a content. */
export async function attachmentsOf(
  database: Database,
  owner: Person,
  files: readonly FileInput[] = Object.values(kindsOfFiles),
  caption: string | null = null,
): Promise<MessageContentInput> {
  return { attachments: { uploadIds: await insertFiles(database, owner, files), caption } };
}

/** Sends a content to a user's or a conversation's id, and gives the message. */
export async function sendContent(
  from: Person,
  to: string,
  content: MessageContentInput,
  more: { readonly clientId?: string; readonly replyTo?: string; readonly mentions?: string[] } = {},
): Promise<ContentPartsFragment> {
  const { sendMessage } = await from.ask(SendContentDocument, { input: { to, clientId: randomUUID(), content, ...more } });
  return present(sendMessage, 'the message');
}
