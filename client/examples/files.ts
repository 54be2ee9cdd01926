import type { Chat, Parley, StoredFile, UploadState } from 'parley-client';

/** Sends a picture: it shows at once, with how far it is. */
export async function sendPicture(chat: Chat, file: Blob, caption: string) {
  return await chat.send({ attachments: [file], caption });
}

/** Uploads first and decides afterwards, with a bar and a button to pause. */
export async function uploadThenSend(parley: Parley, chat: Chat, file: Blob, show: (state: UploadState) => void) {
  const upload = parley.upload(file, { kind: 'FILE', name: 'plan.txt' });
  const stop = upload.subscribe(() => show(upload.get()));
  upload.pause();
  upload.resume();
  await upload.ready;
  stop();
  return await chat.send({ attachments: [upload] });
}

/** The bytes of a file, however long the page has been open: addresses are good for a while only. */
export async function read(parley: Parley, file: StoredFile): Promise<Blob> {
  const response = await fetch(await parley.urlOf(file));
  return await response.blob();
}
