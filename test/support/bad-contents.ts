import { randomUUID } from 'node:crypto';
import { type BadRow, type Ids, long, never } from './bad-row.ts';
import { globalId } from './hidden-things.ts';

/** What of `sendMessage` is refused for its content. */
const row = (what: string, content: (ids: Ids) => object, at: string, code = 'BAD_USER_INPUT'): BadRow => [
  what,
  'ann',
  (ids) => ({ input: { to: ids.group ?? '', clientId: randomUUID(), content: content(ids) } }),
  code,
  at,
];

const upload = globalId('Upload', randomUUID());
const attachments = (given: object) => () => ({ attachments: given });
const custom = (changes: object) => () => ({ custom: { type: 'a.b', data: '{}', text: 'a', ...changes } });
const location = (changes: object) => () => ({ location: { latitude: 1, longitude: 1, ...changes } });

/** Contents that are refused, each with its code and where it is told to lie. */
export const badContents: readonly BadRow[] = [
  row('a custom content without a type', custom({ type: '' }), 'content.custom.type'),
  row('a type in capitals', custom({ type: 'A' }), 'content.custom.type'),
  row('a type of 100,000 characters', custom({ type: long(100_000) }), 'content.custom.type'),
  row('data that is none', custom({ data: '{' }), 'content.custom.data'),
  row('data of 8,193 bytes', custom({ data: `"${long(8191)}"` }), 'content.custom.data'),
  row('data that nests without end', custom({ data: '['.repeat(8192) }), 'content.custom.data'),
  row('a custom content without a text', custom({ text: '' }), 'content.custom.text'),
  row('a custom content of which nothing can be seen', custom({ text: '\u3164' }), 'content.custom.text'),
  row('a custom content with a long text', custom({ text: long(5001) }), 'content.custom.text'),
  row('beyond the pole', location({ latitude: -90.1 }), 'content.location.latitude'),
  row('beyond the line where the day begins', location({ longitude: 181 }), 'content.location.longitude'),
  row('degrees beyond numbers', location({ latitude: 1.7e308 }), 'content.location.latitude'),
  row('a place with a name of two lines', location({ name: 'a\nb' }), 'content.location.name'),
  row('a place with a long name', location({ name: long(101) }), 'content.location.name'),
  row('no file', attachments({ uploadIds: [] }), 'content.attachments.uploadIds'),
  row('eleven files', attachments({ uploadIds: Array.from({ length: 11 }, () => globalId('Upload', randomUUID())) }), 'content.attachments.uploadIds'),
  row('a file twice', attachments({ uploadIds: [upload, upload] }), 'content.attachments.uploadIds'),
  row('a file that never was', attachments({ uploadIds: [upload] }), 'content.attachments.uploadIds', 'NOT_FOUND'),
  row('a message as a file', ({ message = '' }) => ({ attachments: { uploadIds: [message] } }), 'content.attachments.uploadIds', 'NOT_FOUND'),
  row('a long caption', attachments({ uploadIds: [upload], caption: long(5001) }), 'content.attachments.caption'),
  row('the card of nobody', () => ({ contact: '' }), 'content.contact', 'NOT_FOUND'),
  row('the card of somebody who never was', () => ({ contact: never('User') }), 'content.contact', 'NOT_FOUND'),
  row('the card of a group', ({ group = '' }) => ({ contact: group }), 'content.contact', 'NOT_FOUND'),
];
