import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Order } from './uploader.ts';

/** Sends uploads from a process of its own. */
export interface Uploader {
  /** Sends one, and resolves when the server has all of it. */
  send(order: Order): Promise<void>;
  close(): void;
}

/** Starts it. It leaves the core to whoever measures where both want it: what is measured is when the server sends, and not when the load gets to reading. */
export function startUploader(): Uploader {
  const module = fileURLToPath(new URL('./uploader.ts', import.meta.url));
  const child = spawn('nice', ['-n', '10', process.execPath, '--disable-warning=ExperimentalWarning', module], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const ended = once(child, 'exit').then(() => {
    throw new Error('the uploader has ended');
  });
  ended.catch(() => {});
  return {
    async send(order) {
      const sent = once(child, 'message');
      child.send(order);
      await Promise.race([sent, ended]);
    },
    close: () => child.disconnect(),
  };
}
