import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { closeLater } from './lifetime.ts';

/** What a crowd is told: where to go now, and who comes to it. */
export interface CrowdOrder {
  readonly url: string;
  readonly tokens: readonly string[];
}

/** What it tells when everybody is live. */
export interface CrowdReport {
  /** The texts that each has received so far. */
  readonly texts: readonly (readonly string[])[];
  /** From the order until the last one was live, in milliseconds. */
  readonly ms: number;
}

/** Many clients in a process of their own, so that what a test measures meanwhile does not wait for them. */
export interface Crowd {
  /** Lets these people follow their events at a node; gives the report when all of them are live. */
  come(url: string, tokens: readonly string[]): Promise<CrowdReport>;
  /** Lets all who have lost their node come to this one, at once. */
  comeBack(url: string): Promise<CrowdReport>;
}

/** Starts it; it ends with the test. */
export function openCrowd(): Crowd {
  const child = fork(fileURLToPath(new URL('./crowd.process.ts', import.meta.url)));
  closeLater(() => child.kill('SIGKILL'));
  const order = async (message: CrowdOrder): Promise<CrowdReport> =>
    await new Promise((resolve, reject) => {
      child.once('message', (report: CrowdReport) => resolve(report));
      child.once('exit', (code) => reject(new Error(`the crowd has ended with ${code}`)));
      child.send(message);
    });
  return { come: (url, tokens) => order({ url, tokens }), comeBack: (url) => order({ url, tokens: [] }) };
}
