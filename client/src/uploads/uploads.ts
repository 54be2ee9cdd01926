import type { Core } from '../core.ts';
import { ParleyError } from '../errors.ts';
import type { UploadKind } from '../generated/graphql.ts';
import { loadLater } from '../load-later.ts';
import { createState, type State } from '../observable.ts';
import type { OutboxEvent } from '../outbox/contract.ts';
import { randomId } from '../random-id.ts';
import { tools } from '../tools.ts';
import type { ParleyErrorLike, Upload, UploadOptions, UploadState } from '../types.ts';

/** What an upload is made of: kept with the message that waits for it, it goes on where it stood. */
export interface UploadSource {
  /** By which the server knows it again. */
  readonly clientId: string;
  readonly blob: Blob;
  readonly name: string;
  readonly kind: UploadKind;
  /** Seconds, of sound and film; null where nobody has said. */
  readonly duration: number | null;
}

/** What the page wants of an upload that is under way, and what it is told. */
export interface UploadControl {
  readonly state: State<UploadState>;
  readonly paused: State<boolean>;
  readonly stop: AbortController;
  /** Rings when the server has told something of this upload. */
  readonly bell: State<number>;
}

export interface Uploads {
  /** Begins at once; with a failure it is one that has failed with it, until it is begun anew. */
  start(source: UploadSource, failure?: ParleyError): Upload;
  /** Null for an upload of somebody else's making. */
  sourceOf(upload: Upload): UploadSource | null;
  apply(event: OutboxEvent): void;
  close(): void;
}

/** The uploads of a page. Whatever moves bytes is loaded with the first one. */
export function createUploads(core: Core): Uploads {
  const sources = new WeakMap<Upload, UploadSource>();
  const open = new Set<UploadControl>();

  const load = async (signal?: AbortSignal) => {
    const { createTransfer } = await loadLater(
      () => import('./transfer.ts'),
      (attempt) => core.pause(new ParleyError('NETWORK', ''), attempt, signal),
    );
    return createTransfer(core, tools);
  };

  const start = (source: UploadSource, failure?: ParleyError): Upload => {
    const { name, kind, blob } = source;
    const state = createState<UploadState>({ id: null, name, kind, size: blob.size, sentBytes: 0, status: 'waiting', error: null, file: null });
    const control = { state, paused: createState(false), stop: new AbortController(), bell: createState(0) };
    const { signal } = control.stop;
    const fail = (error: ParleyErrorLike | null) => state.set({ ...state.get(), status: 'failed', error });
    const run = async () => {
      if (failure) throw failure;
      open.add(control);
      try {
        return await (await load(signal)).send(source, control);
      } catch (error) {
        if (!signal.aborted) fail(error instanceof ParleyError ? error : null);
        throw error;
      } finally {
        open.delete(control);
      }
    };
    if (failure) fail(failure);
    const ready = run();
    // It shows in the state too: nobody has to wait for this.
    ready.catch(() => {});
    const upload: Upload = {
      get: state.get,
      subscribe: state.subscribe,
      ready,
      pause: () => control.paused.set(true),
      resume: () => control.paused.set(false),
      async cancel() {
        if (signal.aborted) return;
        control.stop.abort();
        fail(null);
        const { id } = state.get();
        if (id !== null) await (await load()).takeBack(id);
      },
    };
    sources.set(upload, source);
    return upload;
  };

  return {
    start,
    sourceOf: (upload) => sources.get(upload) ?? null,
    apply({ __typename, upload }) {
      for (const { state, bell } of open) {
        // After a SyncReset nobody tells what has become of it meanwhile.
        if (__typename === 'SyncReset' || (upload && upload.id === state.get().id)) bell.set(bell.get() + 1);
      }
    },
    close() {
      for (const { stop } of open) stop.abort();
    },
  };
}

const kinds: Readonly<Record<string, UploadKind>> = { image: 'IMAGE', audio: 'AUDIO', video: 'VIDEO' };

/** What a Blob is uploaded as, where that is not said: by its type. */
export function sourceOf(blob: Blob, { kind, name, duration }: UploadOptions = {}): UploadSource {
  const [, major = '', minor = 'bin'] = /^(\w+)\/(\w+)/.exec(blob.type) ?? [];
  const isShown = major === 'audio' || /^(png|jpeg|webp|gif|avif|hei[cf]|mp4|webm)$/.test(minor);
  const chosen = kind ?? ((isShown && kinds[major]) || 'FILE');
  const own = 'name' in blob && typeof blob.name === 'string' ? blob.name : '';
  return { clientId: randomId(), blob, kind: chosen, name: name || own || `${chosen.toLowerCase()}.${minor}`, duration: duration ?? null };
}
