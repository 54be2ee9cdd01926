import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { Session } from 'node:inspector/promises';
import { monitorEventLoopDelay } from 'node:perf_hooks';

/**
 * Loaded into every server before its own modules. Tells the parent, when asked, what the process has used, and ends with it. CPU time is that of
 * the whole process, the kernel's work for it included.
 */
let session: Session | null = null;
let delay: ReturnType<typeof monitorEventLoopDelay> | null = null;

const answer = async (ask: unknown): Promise<object> => {
  if (ask === 'memory') {
    // Twice, because what one collection lets go may be the last that held something else.
    globalThis.gc?.();
    globalThis.gc?.();
    return { bytes: process.memoryUsage().rss };
  }
  if (ask === 'peak') {
    const [, kilobytes = 'NaN'] = /^VmHWM:\s*(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
    // From now on it is the highest since now: https://docs.kernel.org/filesystems/proc.html
    writeFileSync('/proc/self/clear_refs', '5');
    return { bytes: Number(kilobytes) * 1024 };
  }
  if (ask === 'state') {
    const { rss, heapTotal, heapUsed, external, arrayBuffers } = process.memoryUsage();
    const delayP99Ms = delay ? delay.percentile(99) / 1e6 : 0;
    delay ??= monitorEventLoopDelay({ resolution: 5 });
    delay.enable();
    delay.reset();
    return { state: { rss, heapTotal, heapUsed, external, arrayBuffers, files: readdirSync('/proc/self/fd').length, delayP99Ms } };
  }
  if (ask === 'profile') {
    session = new Session();
    session.connect();
    await session.post('Profiler.enable');
    await session.post('Profiler.setSamplingInterval', { interval: 200 });
    await session.post('Profiler.start');
    return {};
  }
  if (typeof ask === 'object' && ask !== null && 'keep' in ask && session) {
    const { profile } = await session.post('Profiler.stop');
    session.disconnect();
    session = null;
    writeFileSync(String(ask.keep), JSON.stringify(profile));
    return {};
  }
  const { user, system } = process.cpuUsage();
  // For how long the main thread could have gone on and had no core: https://docs.kernel.org/scheduler/sched-stats.html
  const [, waited = '0'] = readFileSync(`/proc/${process.pid}/task/${process.pid}/schedstat`, 'utf8').split(' ');
  return { cpuMs: (user + system) / 1000, waitedMs: Number(waited) / 1e6 };
};

process.on('message', (message: { readonly number: number; readonly ask: unknown }) => {
  if (typeof message?.number !== 'number') return;
  void answer(message.ask).then((told) => process.send?.({ number: message.number, ...told }));
});
process.on('disconnect', () => process.exit(0));
// Listening must not keep a server alive that has ended its work.
process.channel?.unref();
