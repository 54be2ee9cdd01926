import { randomUUID } from 'node:crypto';
import { type BadRow, type BadRows, long, never } from './bad-row.ts';

/** A row of an upload that is good but for what is given. */
const upload = (what: string, given: Readonly<Record<string, unknown>>, code: string, at: string): BadRow => [
  what,
  'ann',
  () => ({ input: { clientId: randomUUID(), kind: 'IMAGE', name: 'a.png', size: 1, ...given } }),
  code,
  at,
];

/** What people ask that cannot be uploaded. */
export const badUploads: BadRows = {
  createUpload: [
    ['nobody asks', 'nobody', () => ({ input: { clientId: randomUUID(), kind: 'IMAGE', name: 'a.png', size: 1 } }), 'TOKEN_MISSING'],
    [
      'more than a visitor may have',
      'visitor',
      () => ({ input: { clientId: randomUUID(), kind: 'FILE', name: 'a', size: 50 * 1_048_576 + 1 } }),
      'QUOTA_EXCEEDED',
    ],
    upload('a clientId that is none', { clientId: 'x' }, 'BAD_USER_INPUT', 'input.clientId'),
    upload('a kind that is none', { kind: 'GIF' }, 'BAD_USER_INPUT', 'input.kind'),
    upload('no name', { name: '' }, 'BAD_USER_INPUT', 'name'),
    upload('a name of nothing but folders', { name: '../../' }, 'BAD_USER_INPUT', 'name'),
    upload('a name of nothing but dots', { name: '...' }, 'BAD_USER_INPUT', 'name'),
    upload('a name of what nobody sees', { name: '\u202e\u200b\u0007' }, 'BAD_USER_INPUT', 'name'),
    upload('a long name', { name: long(256) }, 'BAD_USER_INPUT', 'name'),
    upload('no bytes', { size: 0 }, 'BAD_USER_INPUT', 'size'),
    upload('less than none', { size: -1 }, 'BAD_USER_INPUT', 'size'),
    upload('half a byte', { size: 1.5 }, 'BAD_USER_INPUT', 'size'),
    upload('as many as can be written', { size: 1e308 }, 'BAD_USER_INPUT', 'size'),
    upload('more than a picture may have', { size: 20 * 1_048_576 + 1 }, 'FILE_TOO_LARGE', 'size'),
    upload('more than an avatar may have', { kind: 'AVATAR', size: 20 * 1_048_576 + 1 }, 'FILE_TOO_LARGE', 'size'),
    upload('more than a sound may have', { kind: 'AUDIO', size: 20 * 1_048_576 + 1 }, 'FILE_TOO_LARGE', 'size'),
    upload('more than a film may have', { kind: 'VIDEO', size: 200 * 1_048_576 + 1 }, 'FILE_TOO_LARGE', 'size'),
    upload('more than a file may have', { kind: 'FILE', size: 100 * 1_048_576 + 1 }, 'FILE_TOO_LARGE', 'size'),
    upload('a picture that lasts', { duration: 1 }, 'BAD_USER_INPUT', 'duration'),
    upload('a sound that lasts less than nothing', { kind: 'AUDIO', duration: -0.1 }, 'BAD_USER_INPUT', 'duration'),
    upload('a sound that lasts for years', { kind: 'AUDIO', duration: 1e9 }, 'BAD_USER_INPUT', 'duration'),
    upload('a sound with a cover', { kind: 'AUDIO', coverId: never('Upload') }, 'BAD_USER_INPUT', 'coverId'),
    upload('a cover that never was', { kind: 'VIDEO', coverId: never('Upload') }, 'NOT_FOUND', 'coverId'),
    upload('a cover that is a session', { kind: 'VIDEO', coverId: never('Session') }, 'NOT_FOUND', 'coverId'),
  ],
  cancelUpload: [
    ['nobody asks', 'nobody', () => ({ id: never('Upload') }), 'TOKEN_MISSING'],
    ['one that never was', 'ann', () => ({ id: never('Upload') }), 'NOT_FOUND'],
    ['a message', 'ann', ({ message = '' }) => ({ id: message }), 'NOT_FOUND'],
    ['100,000 characters', 'ann', () => ({ id: long(100_000) }), 'NOT_FOUND'],
  ],
};
