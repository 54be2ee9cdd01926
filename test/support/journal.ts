/** What a server logs during a test: kept instead of shown, and shown where the test fails. */
export interface Journal {
  /** Where a logger writes to. */
  readonly destination: { write(line: string): void };
  /** Every line so far, as it was written. */
  lines(): readonly string[];
}

const recent: string[] = [];

/** Makes an empty journal. */
export function createJournal(): Journal {
  const all: string[] = [];
  return {
    destination: {
      write(line) {
        all.push(line);
        recent.push(line);
        if (recent.length > 1_000) recent.shift();
      },
    },
    lines: () => [...all],
  };
}

/** The warnings and errors that all servers of this process have logged since the last call. */
export function takeFaults(): string[] {
  return recent.splice(0).filter((line) => /"level":"(warn|error|fatal)"/.test(line));
}
