import { sendBytes } from '../harness/upload.ts';

// Sends uploads, in a process of its own that `startUploader` spawns: one for each order that comes. What goes wrong ends it.

/** What to send. */
export interface Order {
  readonly port: number;
  readonly path: string;
  readonly bytes: number;
}

process.on('message', ({ port, path, bytes }: Order) => void sendBytes(port, path, bytes).then(() => process.send?.('sent')));
process.on('disconnect', () => process.exit());
