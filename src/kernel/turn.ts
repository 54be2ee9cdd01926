import { setImmediate } from 'node:timers/promises';

/** Lets everything else that waits have its turn of the event loop: a loop of awaits alone never does where the answers come in the same one. */
export async function turn(): Promise<void> {
  await setImmediate();
}
