import { statSync } from 'node:fs';

/** A file of SQLite that is not at its place any more: what is written into it is in no file that the next start finds. */
class MovedFile extends Error {
  /** As SQLite says it, which looks for itself only where it keeps no write-ahead log. */
  readonly code = 'SQLITE_READONLY_DBMOVED';

  constructor(path: string) {
    super(`${path} was moved, removed or replaced: put it back, or start anew`);
    this.name = 'MovedFile';
  }
}

/** Gives what throws where the file at a path is not the one any more that is there now. */
export function keepPlace(path: string): () => void {
  const first = identityOf(path);
  return () => {
    if (identityOf(path) !== first) throw new MovedFile(path);
  };
}

function identityOf(path: string): string | null {
  try {
    const found = statSync(path, { bigint: true });
    return `${found.dev} ${found.ino}`;
  } catch {
    return null;
  }
}
