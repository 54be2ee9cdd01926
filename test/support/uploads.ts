import { randomUUID } from 'node:crypto';
import {
  CreateUploadDocument,
  type CreateUploadInput,
  UploadDocument,
  type UploadPartsFragment,
  UploadsDocument,
  type UploadsSubscription,
} from '../generated/graphql.ts';
import type { TestApp } from './app.ts';
import { present } from './client.ts';
import type { Person } from './people.ts';
import type { Stream } from './socket.ts';

/** A PNG of one pixel. */
export const pixel = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==', 'base64');

/** What is to be uploaded, where that is not said: the picture. */
export type Announced = Partial<CreateUploadInput>;

/** Announces an upload; what is not said is that of `pixel`. */
export async function announce(person: Person, input: Announced = {}): Promise<UploadPartsFragment> {
  const whole = { clientId: randomUUID(), kind: 'IMAGE', name: 'pixel.png', size: pixel.length, ...input } as const;
  return present((await person.ask(CreateUploadDocument, { input: whole })).createUpload, 'the upload');
}

/** An address as clients are to take it: one that begins with a slash is of the server. */
export function addressOf(app: TestApp, url: string): string {
  return new URL(url, app.url).href;
}

/** Sends bytes where an upload wants them, from an offset on; fails where the door refuses. Gives how many are there then. */
export async function sendBytes(app: TestApp, upload: Pick<UploadPartsFragment, 'uploadUrl'>, bytes: Uint8Array, offset = 0): Promise<number> {
  const response = await fetch(addressOf(app, present(upload.uploadUrl, 'the address for bytes')), {
    method: 'PATCH',
    headers: { 'tus-resumable': '1.0.0', 'upload-offset': String(offset), 'content-type': 'application/offset+octet-stream' },
    body: new Uint8Array(bytes),
  });
  if (response.status !== 204) throw new Error(`the bytes were refused with ${response.status}: ${await response.text()}`);
  return Number(response.headers.get('upload-offset'));
}

/** An upload as its maker sees it now; null where it is not there for them. */
export async function readUpload(person: Person, id: string): Promise<UploadPartsFragment | null> {
  const { node } = await person.ask(UploadDocument, { id });
  return node?.__typename === 'Upload' ? node : null;
}

/** What happens to somebody's uploads, from now on. */
export interface UploadEvents {
  /** The next change of one. */
  next(): Promise<UploadPartsFragment>;
  /** The one after which an upload is READY or REFUSED. */
  over(id: string): Promise<UploadPartsFragment>;
  readonly stream: Stream<UploadsSubscription>;
}

/** Listens on a socket of its own. */
export async function listen(person: Person): Promise<UploadEvents> {
  const stream = person.socket().subscribe(UploadsDocument, {});
  await stream.until(({ events }) => events.__typename === 'CaughtUp');
  const changed = async (fits: (upload: UploadPartsFragment) => boolean) => {
    const { events } = await stream.until((data) => data.events.__typename === 'UploadChanged' && fits(data.events.upload), 'a change of an upload');
    if (events.__typename !== 'UploadChanged') throw new Error('another event');
    return events.upload;
  };
  return { stream, next: () => changed(() => true), over: (id) => changed((upload) => upload.id === id && ['READY', 'REFUSED'].includes(upload.state)) };
}

/** Uploads something, by default the picture, and waits until it was looked at. */
export async function upload(person: Person, input: Announced = {}, bytes: Uint8Array = pixel): Promise<UploadPartsFragment> {
  const events = await listen(person);
  const announced = await announce(person, { size: bytes.length, ...input });
  await sendBytes(person.app, announced, bytes);
  const over = await events.over(announced.id);
  events.stream.close();
  return over;
}

/** Uploads the picture as one of a person or of a group. */
export const uploadAvatar = (person: Person): Promise<UploadPartsFragment> => upload(person, { kind: 'AVATAR' });
