import { AppError } from '../../kernel/errors.ts';
import type { Viewer } from '../../kernel/viewer.ts';
import type { RowOf } from '../../platform/database.ts';
import type { Fingerprints } from '../../platform/fingerprints.ts';
import type { LogWriter } from '../log/log.service.ts';
import type { Made } from './made.entity.ts';

/** What somebody wants to make. Without a clientId it is made as often as it is asked for. */
export interface Making {
  readonly kind: RowOf<typeof Made>['kind'];
  readonly clientId: string | null | undefined;
  /** Everything that was given, as JSON can write it. */
  readonly given: readonly unknown[];
}

/**
 * Makes things once: the same clientId of the same person gives what was made first, however long ago. Everything that people make and that takes a
 * clientId asks here, but messages, which are looked up with what else decides about them.
 */
export interface MadeService {
  /**
   * The numeric id of what the viewer has made with this clientId, or null. The writer holds the viewer's own log, and has judged nothing yet: what was
   * answered once is answered again, whatever has changed since. Throws `CONFLICT` where something else was made with it.
   */
  find(writer: LogWriter, viewer: Viewer, making: Making): Promise<number | null>;
  /** Remembers what was made, in the transaction in which it is. */
  remember(writer: LogWriter, viewer: Viewer, making: Making, thingId: number): Promise<void>;
}

/** Makes the service. */
export function createMadeService(fingerprints: Fingerprints): MadeService {
  const keyOf = (clientId: string) => clientId.toLowerCase();
  return {
    async find(writer, viewer, { kind, clientId, given }) {
      if (!clientId) return null;
      const query = writer.db.selectFrom('Made').selectAll().where('userId', '=', viewer.userId).where('clientKey', '=', keyOf(clientId));
      const made = await query.executeTakeFirst();
      if (!made) return null;
      if (made.kind === kind && fingerprints.of([kind, ...given]).fits(made.fingerprint)) return made.thingId;
      const sentence = { zh: '这个 clientId 已用于别的内容，请换一个', en: 'This clientId was used for something else: make a new one' };
      throw new AppError('CONFLICT', { field: 'clientId' }, sentence);
    },
    async remember(writer, viewer, { kind, clientId, given }, thingId) {
      if (!clientId) return;
      const fingerprint = fingerprints.of([kind, ...given]).kept;
      await writer.db
        .insertInto('Made')
        .values({ userId: viewer.userId, clientKey: keyOf(clientId), kind, thingId, fingerprint })
        .execute();
    },
  };
}
