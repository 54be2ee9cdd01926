import type { Cluster, Command, Redis } from 'ioredis';
import { type LabelsOf, type Metrics, noMetrics, secondsSince } from './metrics.ts';

/** Has each command of a connection measured. */
export function measureCommands(client: Redis | Cluster, metrics: Metrics): void {
  if (metrics === noMetrics) return;
  const send: (command: Command, ...rest: never[]) => unknown = client.sendCommand.bind(client);
  client.sendCommand = (command: Command, ...rest: never[]) => {
    const began = performance.now();
    const noting = (outcome: LabelsOf<'redisSeconds'>['outcome']) => () =>
      metrics.observe('redisSeconds', { command: command.name, outcome }, secondsSince(began));
    command.promise.then(noting('ok'), noting('failed'));
    return send(command, ...rest);
  };
}
