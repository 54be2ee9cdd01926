import type { Core } from '../core.ts';
import { ReadMessageDocument } from '../generated/graphql.ts';
import type { StoredFile } from '../types.ts';

/** Milliseconds before its end from which on an address is read anew: what is opened with it has to get there. */
const margin = 60_000;

/** `Parley.urlOf`. `messageOf` gives the id of a message that shows the file, where the store knows one. */
export function createUrlOf(core: Core, messageOf: (fileId: string) => string | null): (file: StoredFile) => Promise<string> {
  const reading = new Map<string, Promise<StoredFile | null>>();

  const read = async (fileId: string, messageId: string) => {
    const { node } = await core.request(ReadMessageDocument, { id: messageId });
    const content = node?.__typename === 'Message' ? node.content : null;
    return (content?.__typename === 'AttachmentsContent' && content.files.find(({ id }) => id === fileId)) || null;
  };

  return async (file) => {
    let fresh = file;
    if (Date.parse(file.urlExpiresAt) - margin < Date.now()) {
      const messageId = messageOf(file.id);
      // Several files of a gallery are asked for at once.
      const answer = messageId === null ? null : (reading.get(file.id) ?? read(file.id, messageId).finally(() => reading.delete(file.id)));
      if (answer) reading.set(file.id, answer);
      fresh = (await answer) ?? file;
    }
    return new URL(fresh.url, core.url).href;
  };
}
