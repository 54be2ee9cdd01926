import { Worker } from 'node:worker_threads';

/**
 * Ends this process by SIGKILL in so many milliseconds, unless it has ended before. In a thread of its own, because what holds up the end may be
 * an event loop that stands still.
 */
export function endByForce(ms: number): void {
  const code = "setTimeout(() => process.kill(process.pid, 'SIGKILL'), require('node:worker_threads').workerData)";
  // Nothing of what this process was started with is loaded again there.
  const watch = new Worker(code, { eval: true, workerData: ms, execArgv: [], env: {} });
  watch.on('error', () => setTimeout(() => process.kill(process.pid, 'SIGKILL'), ms).unref());
  watch.unref();
}

/**
 * Whether a thread of the pool works for this process: looks up a name, or reads a file. `process.exit` waits for such a thread without a limit, and
 * nothing can end the process meanwhile but a signal from outside.
 */
export function isHeldByThread(): boolean {
  return process.getActiveResourcesInfo().some((name) => /^(FSReq|GetAddrInfoReq|GetNameInfoReq)/.test(name));
}
