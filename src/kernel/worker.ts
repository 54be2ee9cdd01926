import { turn } from './turns.ts';

/** Work in the background, a portion at a time, with a turn of the event loop between two of them. */
export interface Worker {
  /** Says that there is something to do: begins at once, or once more after what is under way. Does nothing before `start` and after `stop`. */
  kick(): void;
  /** Works until nothing is left. */
  run(): Promise<void>;
  /** Looks for work by itself from now on, and at once. */
  start(): void;
  /** Ends that, and resolves when the portion at hand is through. */
  stop(): Promise<void>;
}

/** What a worker does. */
export interface WorkerOptions {
  /** Does one portion. Gives for how long to rest before the next one, in milliseconds; null: nothing is left. */
  readonly takePortion: () => Promise<number | null>;
  /** How often it looks whether there is something to do. */
  readonly everyMs: number;
  /** Told of what failed; it is tried again the next time. */
  readonly onFault: (error: unknown) => void;
}

/** Makes a worker: the one way in which work goes on behind the answers. */
export function createWorker({ takePortion, everyMs, onFault }: WorkerOptions): Worker {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  let wantedAgain = false;
  let stopped = false;
  let wake = () => {};

  const rest = (ms: number) =>
    ms < 1
      ? turn()
      : new Promise<void>((resolve) => {
          const alarm = setTimeout(resolve, ms);
          wake = () => {
            clearTimeout(alarm);
            resolve();
          };
        });

  const run = async () => {
    while (!stopped) {
      const restMs = await takePortion();
      if (restMs === null) return;
      await rest(restMs);
    }
  };

  const kick = () => {
    if (timer === undefined) return;
    if (running) {
      wantedAgain = true;
      return;
    }
    wantedAgain = false;
    running = run()
      .catch(onFault)
      .finally(() => {
        running = undefined;
        // What came after the last look would otherwise wait for the next turn of the timer.
        if (wantedAgain) kick();
      });
  };

  return {
    kick,
    run,
    start() {
      stopped = false;
      timer ??= setInterval(kick, everyMs).unref();
      kick();
    },
    async stop() {
      stopped = true;
      clearInterval(timer);
      timer = undefined;
      wake();
      await running;
    },
  };
}
