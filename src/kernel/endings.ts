/** What has to be ended when something is over, collected while that begins, which may take its time: it may be over before it has begun. */
export interface Endings {
  /** Keeps what is to be called at the end; where that has come already, it is called at once. */
  add(end: () => void): void;
  /** Calls all of them, once. */
  run(): void;
}

/** Nothing to end yet. */
export function createEndings(): Endings {
  let kept: (() => void)[] | null = [];
  return {
    add(end) {
      if (kept === null) end();
      else kept.push(end);
    },
    run() {
      const all = kept ?? [];
      kept = null;
      for (const end of all) end();
    },
  };
}
