import { afterAll, afterEach } from 'vitest';
import { takeFaults } from './journal.ts';
import { closeAll } from './lifetime.ts';

// A refusal with INTERNAL says nothing by itself: the reason stands in the log.
afterEach(({ task }) => {
  const faults = takeFaults();
  if (task.result?.state === 'fail' && faults.length > 0) console.log(`The log of "${task.name}":\n${faults.join('')}`);
});

// The last thing in each file: whatever was opened outside a test.
afterAll(closeAll);
