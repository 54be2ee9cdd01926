import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { ChatAnnounceDocument, ChatReadUploadDocument, type ChatUploadFragment, type ChatUploadsSubscription, type UploadKind } from '../generated/graphql.ts';
import { sendBytes } from './send-bytes.ts';

/** Sends an operation and gives its data. */
type Ask = <R, V>(document: TypedDocumentNode<R, V>, variables: V) => Promise<R>;

/** The uploads of a page: announced, sent, and waited for. `api` is the address of the endpoint. */
export function createUploads(api: string, ask: Ask) {
  const waiting = new Map<string, (upload: ChatUploadFragment) => void>();

  const take = (upload: ChatUploadFragment) => {
    if (upload.state === 'WAITING' || upload.state === 'CHECKING') return;
    waiting.get(upload.id)?.(upload);
    waiting.delete(upload.id);
  };
  const read = async (id: string) => {
    const { node } = await ask(ChatReadUploadDocument, { id });
    if (node?.__typename === 'Upload') take(node);
  };
  /** Waits until the server has looked at a file. */
  const decided = (id: string) =>
    new Promise<ChatUploadFragment>((resolve, reject) => {
      waiting.set(id, resolve);
      // The event may have come before.
      read(id).catch(reject);
    });

  return {
    /** Is given each event of the page. */
    apply(event: ChatUploadsSubscription['events']) {
      if (event.__typename === 'UploadChanged') take(event.upload);
      // What was missed cannot be replayed.
      else if (event.__typename === 'SyncReset') for (const id of waiting.keys()) read(id).catch(() => {});
    },
    /** Brings a file to the server: READY, or REFUSED with a reason. With the same clientId it goes on where it stood, also after a reload. */
    async upload(file: File, kind: UploadKind, clientId: string, onProgress?: (bytes: number) => void): Promise<ChatUploadFragment> {
      const { createUpload } = await ask(ChatAnnounceDocument, { input: { clientId, kind, name: file.name, size: file.size } });
      if (!createUpload) throw new Error('the file was not announced');
      // The address may begin with a slash: then it is that of the server.
      if (createUpload.uploadUrl) await sendBytes(new URL(createUpload.uploadUrl, api).href, file, onProgress);
      return await decided(createUpload.id);
    },
  };
}
