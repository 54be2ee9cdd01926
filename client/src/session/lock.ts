/** Runs one at a time of all that have the same name, in all tabs. Where nobody can tell, or whoever has it hangs, it runs at once. */
export async function withLock<T>(name: string, seconds: number, run: () => Promise<T>): Promise<T> {
  const locks = globalThis.navigator?.locks;
  if (!locks) return await run();
  const ending = new AbortController();
  const timer = setTimeout(() => ending.abort(), seconds * 1000);
  let began = false;
  try {
    return await locks.request(name, { signal: ending.signal }, () => {
      began = true;
      clearTimeout(timer);
      return run();
    });
  } catch (error) {
    if (began || !ending.signal.aborted) throw error;
    return await run();
  } finally {
    clearTimeout(timer);
  }
}
