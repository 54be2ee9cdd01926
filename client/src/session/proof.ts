import { solveChallenge } from 'altcha-lib';
import { deriveKey } from 'altcha-lib/algorithms/web/pbkdf2';
import type { Challenge } from 'altcha-lib/types';

/** How the worker knows that it is one: this file is its program too, so no bundler has to be told of it. */
const nameOfWorker = 'parley proof of work';

/** Milliseconds for which a challenge is good: a slow telephone may need minutes for the hardest one. */
const timeout = 600_000;

/** Solves the challenge of a refusal: gives the `work` to send along. Beside the page, in a worker, where the browser has those. */
export async function solveProof(challenge: string): Promise<string> {
  return (await besides(challenge)) ?? (await solve(challenge));
}

async function solve(challenge: string): Promise<string> {
  const given: Challenge = JSON.parse(challenge);
  const solution = await solveChallenge({ challenge: given, deriveKey, timeout });
  if (!solution) throw new TypeError('A challenge that cannot be solved in time');
  return btoa(JSON.stringify({ challenge: given, solution }));
}

/** Null where there are no workers, or none that run this file. */
function besides(challenge: string): Promise<string | null> {
  return new Promise((resolve) => {
    if (typeof Worker === 'undefined') return resolve(null);
    const worker = new Worker(import.meta.url, { type: 'module', name: nameOfWorker });
    const end = (work: string | null) => {
      worker.terminate();
      resolve(work);
    };
    worker.onmessage = ({ data }) => end(typeof data === 'string' ? data : null);
    worker.onerror = (event) => {
      event.preventDefault();
      end(null);
    };
    worker.postMessage(challenge);
  });
}

if (Reflect.get(globalThis, 'name') === nameOfWorker && typeof document === 'undefined') {
  globalThis.onmessage = ({ data }) => {
    solve(String(data)).then(
      (work) => globalThis.postMessage(work),
      () => globalThis.postMessage(null),
    );
  };
}
