import { setTimeout as sleep } from 'node:timers/promises';
import { createLogService as createGoodLogService, type LogService, type LogWriter } from '../../../src/features/log/log.service.ts';

export * from '../../../src/features/log/log.service.ts';

/** A writer of logs that answers sends before it commits them, and keeps it to itself where that fails. */
export function createLogService(...parts: Parameters<typeof createGoodLogService>): LogService {
  const log = createGoodLogService(...parts);
  return {
    ...log,
    write: (work, options) =>
      new Promise((resolve, reject) => {
        log
          .write(async (writer) => {
            let sends = false;
            let creates = false;
            const watched: LogWriter = {
              ...writer,
              nextSeq(logId) {
                sends = true;
                return writer.nextSeq(logId);
              },
              create(kind) {
                creates = true;
                return writer.create(kind);
              },
            };
            const result = await work(watched);
            // Not what makes a conversation: the answer reads it, and it is not there yet.
            if (sends && !creates) {
              resolve(result);
              // A moment, so that a fault surely falls into it.
              await sleep(20);
            }
            return result;
          }, options)
          .then(resolve, reject);
      }),
  };
}
