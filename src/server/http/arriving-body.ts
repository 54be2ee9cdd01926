import type { IncomingMessage } from 'node:http';
import type { BytePace } from '../../kernel/byte-pace.ts';
import type { HttpIntake } from './intake.ts';

/** The bytes of a body as they come, for whoever writes them away at once. */
export interface ArrivingBody {
  /**
   * Ends with the body, and before it where the sender is gone or sends nothing for too long, or where somebody ends it: it is never an error, because what
   * has come by then counts. Nothing is read before something is asked for.
   */
  readonly stream: ReadableStream<Uint8Array>;
  /** Takes nothing more, and leaves the rest to whoever answers the request. */
  end(): void;
  /** Whether all of it has come. */
  isWhole(): boolean;
}

/** How a body is read. */
export interface ArrivingBodyOptions {
  readonly intake: HttpIntake;
  /** For how long nothing may come, in milliseconds. */
  readonly stallMs: number;
  /** Called once, when the first bytes are asked for. */
  readonly onWanted: () => void;
  readonly taking: BodyTaking;
}

/** How the bytes of a body are taken. */
export interface BodyTaking {
  /** Whether bytes may still be taken, asked before each piece. Once it says no the body ends. */
  readonly mayTake: () => boolean;
  /** When a piece may be taken; `owner`: with whose other bodies this one shares its turns. */
  readonly pace: BytePace;
  readonly owner: unknown;
}

/** The body of a request. At most what Node reads at once of a connection waits here: without room for it behind, nothing is read. */
export function createArrivingBody(incoming: IncomingMessage, { intake, stallMs, onWanted, taking }: ArrivingBodyOptions): ArrivingBody {
  const { mayTake, pace, owner } = taking;
  let isBegun = false;
  let isEnded = false;
  let goOn = () => {};
  let giveUpTurn = () => {};
  const wake = () => goOn();
  const end = () => {
    isEnded = true;
    incoming.off('readable', wake);
    incoming.off('end', wake);
    goOn();
    giveUpTurn();
  };

  const begin = () => {
    isBegun = true;
    incoming.on('readable', wake);
    incoming.on('end', wake);
    incoming.on('error', end);
    incoming.on('close', end);
    onWanted();
  };

  /** Until there is something to read, or never will be. */
  const more = async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(end, stallMs);
    goOn = resolve;
    await promise;
    clearTimeout(timer);
  };

  /** All that is there and not each piece: a body may come in many small ones. Null: nothing, or it has ended. */
  const take = (): Buffer<ArrayBuffer> | null => (isEnded || !mayTake() ? null : incoming.read());

  /** Likewise when it is its turn, which is no time in which nothing comes. */
  const takeInTurn = () =>
    new Promise<Buffer<ArrayBuffer> | null>((resolve) => {
      giveUpTurn = () => resolve(null);
      pace.inTurn(owner, () => {
        const bytes = take();
        resolve(bytes);
        return bytes?.length ?? 0;
      });
    });

  const stream = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        if (!isBegun) begin();
        while (!isEnded && mayTake()) {
          const bytes = incoming.readableLength > 0 ? await takeInTurn() : take();
          if (bytes !== null) {
            intake.came(incoming.socket);
            return controller.enqueue(bytes);
          }
          if (incoming.readableEnded) break;
          if (incoming.readableLength === 0) await more();
        }
        controller.close();
      },
    },
    { highWaterMark: 0 },
  );
  return { stream, end, isWhole: () => incoming.readableEnded };
}

/** The same for a request inside this process. */
export function bodyOf(request: Request): ArrivingBody {
  let isEnded = false;
  const reader = request.body?.getReader();
  const stream = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const next = isEnded ? null : await reader?.read();
        if (next?.value) controller.enqueue(next.value);
        else controller.close();
      },
    },
    { highWaterMark: 0 },
  );
  const end = () => {
    isEnded = true;
  };
  return { stream, end, isWhole: () => !isEnded };
}
