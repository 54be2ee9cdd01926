import { DetailedError, Upload as TusUpload } from 'tus-js-client';
import type { Core } from '../core.ts';
import type { UploadFragment } from '../generated/graphql.ts';
import { CancelUploadDocument, CreateUploadDocument, ReadUploadDocument } from '../generated/later.ts';
import type { Tools } from '../tools.ts';
import type { UploadState } from '../types.ts';
import { toSendable } from './pictures.ts';
import { createTurns } from './turns.ts';
import type { UploadControl, UploadSource } from './uploads.ts';

/** The server lets one person have 20 open; more at once than a few makes none of them faster. */
const turns = createTurns(3);

/** Milliseconds without a byte after which a connection counts as lost. */
const silence = 30_000;

/** The server knows nothing of it any more. */
class Gone extends Error {}

/** What moves bytes. */
export interface Transfer {
  /** Brings a file to the server: gives the id of the upload once it can be sent. Goes on after every loss; rejects with what the server refused it for. */
  send(source: UploadSource, control: UploadControl): Promise<string>;
  /** Takes an upload back; one that is used by now, or gone, stays as it is. */
  takeBack(id: string): Promise<void>;
}

export function createTransfer(core: Core, { ParleyError, randomId }: Tools): Transfer {
  /** Null where the page has paused. */
  async function bring(userId: string, source: UploadSource, control: UploadControl): Promise<string | null> {
    const { clientId, kind, name, blob, duration } = source;
    const { signal } = control.stop;
    const announce = async () => {
      const input = { clientId, kind, name, size: blob.size, duration };
      // Somebody else is signed in by now: it is not theirs.
      if (core.viewerId() !== userId) throw new ParleyError('TOKEN_MISSING', '');
      const asked = core.request(CreateUploadDocument, { input }, { patience: 0 });
      // Cancelled meanwhile: else it would count for a day. What a page that is closed has announced goes on in the next one.
      asked.then(
        ({ createUpload }) => {
          if (createUpload && isCancelled(control)) takeBack(createUpload.id).catch(() => {});
        },
        () => {},
      );
      const { createUpload } = await unlessAborted(asked, signal);
      if (!createUpload) throw new Gone();
      update(control, { id: createUpload.id });
      return createUpload;
    };
    // Announced once, which counts once; after that the server is asked how it stands.
    const stand = () => {
      const { id } = control.state.get();
      return id === null ? announce() : readAgain(id, signal);
    };
    let upload = await patiently(signal, stand);
    while (upload.state === 'WAITING') {
      if (control.paused.get()) return null;
      const { uploadUrl } = upload;
      if (uploadUrl) await patiently(signal, () => sendBytes(new URL(uploadUrl, core.url).href, blob, control));
      // All is there, or it was paused in the middle and goes on already: the server says which.
      if (!control.paused.get()) upload = await patiently(signal, stand);
    }
    return await decided(upload, control);
  }

  /** Tries again for as long as it can help. */
  async function patiently<T>(signal: AbortSignal, attempt: () => Promise<T>): Promise<T> {
    for (let failures = 0; ; failures += 1) {
      try {
        signal.throwIfAborted();
        return await attempt();
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof ParleyError) || !error.retryable || (error.code === 'INTERNAL' && failures === 5)) throw error;
        await core.pause(error, failures, signal);
      }
    }
  }

  async function readAgain(id: string, signal: AbortSignal): Promise<UploadFragment> {
    const { node } = await core.request(ReadUploadDocument, { id }, { signal });
    if (node?.__typename !== 'Upload') throw new Gone();
    return node;
  }

  /** Sends what the server has not, until it is all there or the page pauses. */
  async function sendBytes(url: string, blob: Blob, control: UploadControl): Promise<void> {
    const { signal } = control.stop;
    const bytes = await readable(blob);
    // Before it began, or while it waited to try again.
    signal.throwIfAborted();
    if (control.paused.get()) return;
    let watch: ReturnType<typeof setTimeout> | undefined;
    let leave = () => {};
    try {
      await new Promise<void>((resolve, reject) => {
        const alive = () => {
          clearTimeout(watch);
          watch = setTimeout(() => reject(new ParleyError('NETWORK', 'The connection is silent')), silence);
        };
        const tus = new TusUpload(bytes, {
          // Without `endpoint`: the mutation has made the upload.
          uploadUrl: url,
          // The server gives the address again for the same clientId: the library need not keep it, and when to try again is not for it to say.
          storeFingerprintForResuming: false,
          retryDelays: null,
          onProgress(sentBytes) {
            alive();
            update(control, { sentBytes, status: 'uploading' });
          },
          onSuccess: () => resolve(),
          onError: (error) => reject(refusal(error)),
        });
        const unsubscribe = control.paused.subscribe(() => control.paused.get() && resolve());
        const stop = () => reject(signal.reason);
        signal.addEventListener('abort', stop);
        leave = () => {
          unsubscribe();
          signal.removeEventListener('abort', stop);
          tus.abort().catch(() => {});
        };
        alive();
        update(control, { status: 'uploading' });
        tus.start();
      });
    } finally {
      clearTimeout(watch);
      leave();
    }
  }

  function refusal(error: Error): Error {
    const response = error instanceof DetailedError ? error.originalResponse : null;
    const status = response?.getStatus() ?? 0;
    if ([403, 404, 410].includes(status)) return new Gone();
    if (status === 413) return new ParleyError('FILE_TOO_LARGE', response?.getBody() ?? '');
    const seconds = Number(response?.getHeader('Retry-After'));
    if (status === 429 && seconds > 0) return new ParleyError('RATE_LIMITED', error.message, { retryAfterSeconds: seconds });
    // Of whatever stands before the server: an hour of a gateway need not be waited for.
    return new ParleyError('NETWORK', error.message, seconds > 0 ? { retryAfterSeconds: Math.min(seconds, 60) } : {});
  }

  /** Waits until the server has looked at it: an event says so, and where none comes it is read. */
  async function decided(first: UploadFragment, control: UploadControl): Promise<string> {
    const { signal } = control.stop;
    update(control, { status: 'checking', sentBytes: first.size });
    let upload = first;
    let heard = control.bell.get();
    for (let reads = 0; upload.state !== 'READY'; reads += 1) {
      if (upload.state === 'REFUSED') throw new ParleyError(upload.reason ?? 'FILE_TYPE', upload.name);
      if (reads > 0) await rung(control, heard, Math.min(500 * 2 ** reads, 10_000));
      heard = control.bell.get();
      upload = await patiently(signal, () => readAgain(first.id, signal));
    }
    update(control, { status: 'ready', file: upload.file });
    return upload.id;
  }
  return {
    async send(source, control) {
      const { signal } = control.stop;
      const { id: userId } = await patiently(signal, core.ensureSession);
      let { clientId } = source;
      let made: Awaited<ReturnType<typeof toSendable>> | null = null;
      const carry = async () => {
        if (control.paused.get()) return null;
        const file = made ?? (await toSendable(source));
        made = file;
        update(control, { name: file.name, size: file.blob.size });
        for (let again = 0; ; again += 1) {
          try {
            return await bring(userId, { ...source, ...file, clientId }, control);
          } catch (error) {
            const { id } = control.state.get();
            const isGone = error instanceof Gone;
            if (isGone && id !== null) void takeBack(id).catch(() => {});
            // The address is over, or the id was used for what an older version of this page made of the file: announced anew, once.
            const helps = isGone || (error instanceof ParleyError && error.code === 'CONFLICT');
            if (again > 0 && isGone) throw new ParleyError('NOT_FOUND', leadsNowhere());
            if (again > 0 || !helps) throw error;
            clientId = randomId();
            update(control, { id: null });
          }
        }
      };
      for (;;) {
        // Without a place meanwhile: others go on, however long it takes.
        signal.throwIfAborted();
        await resumed(control);
        const id = await turns(signal, carry);
        if (id !== null) return id;
      }
    },
    takeBack,
  };

  async function takeBack(id: string): Promise<void> {
    await core.request(CancelUploadDocument, { id }).catch((error: unknown) => {
      if (!(error instanceof ParleyError) || error.code !== 'NOT_FOUND') throw error;
    });
  }
}

/** What the server cannot say: nothing that reaches it takes the bytes. */
function leadsNowhere(): string {
  const isChinese = globalThis.document?.documentElement.lang.toLowerCase().startsWith('zh');
  return isChinese ? '服务器收不到这个文件' : 'The server cannot be given this file';
}

/** Whoever cancels an upload sees it as one that has failed; a page that is closed shows nothing any more. */
function isCancelled({ state, stop }: UploadControl): boolean {
  return stop.signal.aborted && state.get().status === 'failed';
}

/** What comes of it, as long as nobody aborts. */
async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  let stop = () => {};
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
    signal.addEventListener('abort', stop);
  });
  return await Promise.race([promise, aborted]).finally(() => signal.removeEventListener('abort', stop));
}

/** tus-js-client takes Blobs where there is XMLHttpRequest, and what Node calls a Buffer elsewhere. */
async function readable(blob: Blob): Promise<Blob> {
  const buffers: unknown = Reflect.get(globalThis, 'Buffer');
  return 'XMLHttpRequest' in globalThis || !makesBuffers(buffers) ? blob : buffers.from(await blob.arrayBuffer());
}

function makesBuffers(value: unknown): value is { from(bytes: ArrayBuffer): Blob } {
  return typeof value === 'function' && 'from' in value;
}

/** Resolves when the bell has rung since it was heard, and after a while. */
function rung({ bell, stop: { signal } }: UploadControl, heard: number, ms: number): Promise<void> {
  if (bell.get() !== heard) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const over = () => {
      clearTimeout(timer);
      unsubscribe();
      signal.removeEventListener('abort', over);
      if (signal.aborted) reject(signal.reason);
      else resolve();
    };
    const timer = setTimeout(over, ms);
    const unsubscribe = bell.subscribe(over);
    signal.addEventListener('abort', over);
  });
}

function resumed(control: UploadControl): Promise<void> {
  const { paused, stop } = control;
  if (!paused.get()) return Promise.resolve();
  update(control, { status: 'paused' });
  return new Promise((resolve, reject) => {
    const look = () => {
      if (paused.get() && !stop.signal.aborted) return;
      unsubscribe();
      stop.signal.removeEventListener('abort', look);
      if (stop.signal.aborted) return reject(stop.signal.reason);
      // It waits for its turn, as in the beginning.
      update(control, { status: 'waiting' });
      resolve();
    };
    const unsubscribe = paused.subscribe(look);
    stop.signal.addEventListener('abort', look);
  });
}

function update({ state }: UploadControl, change: Partial<UploadState>): void {
  state.set({ ...state.get(), ...change });
}
