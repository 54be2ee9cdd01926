import { AppError, type Locale } from '../../kernel/errors.ts';
import { harmlessName } from '../../kernel/names.ts';
import { isObject, storedJson } from '../../kernel/stored-json.ts';
import type { Tx } from '../../platform/database.ts';
import { createStatement, type Slots } from '../../platform/statement.ts';
import { type Content, type ContentKind, type Found, storedAs, withoutFiles } from './content.service.ts';

declare module './content.service.ts' {
  interface ContentInput {
    /** The uuid of a user. */
    readonly contact?: string | null | undefined;
  }
}

const label = { zh: '名片', en: 'contact' } as const;

/** Somebody, shown to others. */
export class ContactContent implements Content {
  readonly kind = 'CONTACT';
  readonly typename = 'ContactContent';
  readonly userId: number;
  /** As it was when the message was sent. */
  readonly searchable: string;

  constructor(userId: number, name: string) {
    this.userId = userId;
    this.searchable = name;
  }

  get stored() {
    return storedAs({ userId: this.userId, name: this.searchable, text: this.text('en') }, this);
  }

  text(locale: Locale): string {
    return `[${label[locale]}] ${harmlessName(this.searchable)}`;
  }

  forwarded(): Found {
    return withoutFiles(this);
  }
}

/** Cards of people. */
export const contactKind: ContentKind = {
  kind: 'CONTACT',
  read({ content }) {
    const stored = content === null ? null : storedJson(content);
    if (!isObject(stored)) return null;
    const { userId, name } = stored;
    return typeof userId === 'number' && typeof name === 'string' ? new ContactContent(userId, name) : null;
  },
  take({ contact }) {
    if (typeof contact !== 'string') return null;
    return {
      mark: { contact },
      characters: 0,
      async find(tx) {
        const [user] = await lasting(tx, { uuid: contact });
        if (!user) throw new AppError('NOT_FOUND', { field: 'content.contact' });
        return withoutFiles(new ContactContent(user.id, user.nickname));
      },
    };
  },
};

/** The enabled user with a uuid whose row stays for ever: a visitor who was in no conversation is deleted one day, and a card would show nobody then. */
const lasting = createStatement((tx: Tx, slot: Slots<{ uuid: string }>) =>
  tx.db
    .selectFrom('User as u')
    .select(['u.id', 'u.nickname'])
    .where('u.uuid', '=', slot('uuid'))
    .where('u.enabled', '=', 1)
    .where((eb) => eb.or([eb('u.role', '!=', 'VISITOR'), eb.exists(eb.selectFrom('Member as m').select('m.logId').whereRef('m.userId', '=', 'u.id'))])),
);
