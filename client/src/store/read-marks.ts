/** Milliseconds between two marks. */
const between = 1000;

export interface ReadMarks {
  /** The viewer has seen everything up to this seq. */
  seen(seq: number): void;
  clear(): void;
}

/** Tells how far the viewer has read: at once, and then once a second at most; not while nobody can see the page. */
export function createReadMarks(tell: (seq: number) => void): ReadMarks {
  const { document } = globalThis;
  let wanted = 0;
  let told = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const flush = () => {
    document?.removeEventListener('visibilitychange', flush);
    if (wanted <= told || timer !== undefined) return;
    if (document?.visibilityState === 'hidden') {
      document.addEventListener('visibilitychange', flush);
      return;
    }
    told = wanted;
    timer = setTimeout(() => {
      timer = undefined;
      flush();
    }, between);
    tell(told);
  };

  return {
    seen(seq) {
      if (seq <= wanted) return;
      wanted = seq;
      flush();
    },
    clear() {
      clearTimeout(timer);
      timer = undefined;
      wanted = 0;
      told = 0;
      document?.removeEventListener('visibilitychange', flush);
    },
  };
}
