/** Lets sockets that send much be read on in turn, so that however many they are and however fast, everybody else is served between two of them. */
export interface Intake {
  /** Calls `goOn` in a later turn of the event loop, in which no other one of those who wait here goes on. */
  wait(goOn: () => void): void;
}

/** Makes the line of those who wait. */
export function createIntake(): Intake {
  const waiting: (() => void)[] = [];
  let isAwaited = false;
  const next = () => {
    const goOn = waiting.shift();
    isAwaited = waiting.length > 0;
    if (isAwaited) setImmediate(next);
    goOn?.();
  };
  return {
    wait(goOn) {
      waiting.push(goOn);
      if (isAwaited) return;
      isAwaited = true;
      setImmediate(next);
    },
  };
}
