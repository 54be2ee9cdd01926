import { createServer, type RequestListener, type ServerOptions } from 'node:http';
import type { Logger } from '../../platform/logger.ts';
import { listen } from './listening.ts';
import { targetOf } from './target.ts';

/** All metrics as a text, and its media type. */
export interface MetricsText {
  readonly contentType: string;
  text(): Promise<string>;
}

/** A port that is open. */
interface MetricsDoor {
  /** `http://127.0.0.1:9464/metrics` */
  readonly url: string;
  close(): void;
}

/** Opens the door for whoever watches over the server, on a port of its own: GET /metrics and nothing else. Throws a `StartError` where it cannot listen. */
export async function openMetricsDoor(
  at: { readonly port: number; readonly host: string },
  metrics: MetricsText,
  logger: Logger,
  limits: ServerOptions,
): Promise<MetricsDoor> {
  const server = createServer(limits, answering(metrics, logger));
  const url = await listen(server, { ...at, portVariable: 'METRICS_PORT', hostVariable: 'METRICS_HOST' });
  return {
    url: `${url}/metrics`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

function answering(metrics: MetricsText, logger: Logger): RequestListener {
  return (request, response) => {
    const end = (status: number, text: string, headers: Readonly<Record<string, string>> = {}) =>
      void response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', ...headers }).end(text);
    request.resume();
    if (targetOf(request.url ?? '').path !== '/metrics') return end(404, 'There is nothing here but /metrics.\n');
    if (request.method !== 'GET') return end(405, 'Use GET\n', { allow: 'GET' });
    metrics.text().then(
      (text) => end(200, text, { 'content-type': metrics.contentType }),
      (error: unknown) => {
        logger.error({ err: error }, 'the metrics could not be read');
        end(500, 'The metrics could not be read; the log says why.\n');
      },
    );
  };
}
