// Stands in for the program that looks at files: does harm where the name of a file says so, and looks at the others as that program does.
import { readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { getPriority } from 'node:os';
import { basename, join } from 'node:path';
import type { LookOrder } from '../../src/platform/file-look.ts';

const eaten: Buffer[] = [];

const harm: Readonly<Record<string, (folder: string) => void>> = {
  die: () => process.kill(process.pid, 'SIGKILL'),
  crash: () => process.abort(),
  lie: () => process.send?.({ isSpent: false, facts: { mime: 'text/html', made: '../../secret' } }),
  hang(folder) {
    writeFileSync(join(folder, 'pid'), String(process.pid));
    for (;;);
  },
  eat() {
    for (;;) eaten.push(Buffer.alloc(16 * 1024 * 1024, 1));
  },
  eatSlowly() {
    // Not more than the system lets it have, and an answer that tells that nobody minded.
    setInterval(() => eaten.length < 20 && eaten.push(Buffer.alloc(16 * 1024 * 1024, 1)), 5);
    setTimeout(() => process.send?.({ isSpent: false, refusal: 'FILE_TOO_LARGE' }), 3000);
  },
  tell(folder) {
    const files = readdirSync('/proc/self/fd').flatMap((number) => {
      try {
        return [readlinkSync(`/proc/self/fd/${number}`)];
      } catch {
        return [];
      }
    });
    const environment = readFileSync('/proc/self/environ', 'utf8').split('\0').filter(Boolean);
    writeFileSync(join(folder, 'told'), JSON.stringify({ pid: process.pid, environment, files, priority: getPriority() }));
    process.send?.({ isSpent: false, refusal: 'FILE_TYPE' });
  },
};

await import('../../src/platform/file-look.process.ts');
const usual = process.listeners('message');
process.removeAllListeners('message');
process.on('message', (order: LookOrder) => {
  const does = harm[basename(order.job.path)];
  if (does) does(order.job.folder);
  else for (const listener of usual) listener(order, undefined);
});
