import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Order, Outcomes } from './attacker.ts';

/** An attack under way. */
export interface UnderWay {
  /** Ends it, and gives what became of its tries. */
  end(): Promise<Outcomes>;
}

/** Begins an attack in a process of its own, which leaves the core to whoever measures where both want it: what is measured are answers of the server. */
export function startAttack(order: Order): UnderWay {
  const module = fileURLToPath(new URL('./attacker.ts', import.meta.url));
  const child = spawn('nice', ['-n', '10', process.execPath, '--disable-warning=ExperimentalWarning', module], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  child.send(order);
  return {
    end: () =>
      new Promise((resolve, reject) => {
        let told: Outcomes | null = null;
        child.once('message', (outcomes: Outcomes) => {
          told = outcomes;
        });
        child.once('exit', () => (told === null ? reject(new Error('the attacker has ended before')) : resolve(told)));
        child.send('end');
      }),
  };
}
