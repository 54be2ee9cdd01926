// Sends what Parley does as traces to a collector that speaks OTLP over HTTP. Beside the packages of Parley it needs:
//   npm install --no-save @opentelemetry/sdk-trace@3.1.0 @opentelemetry/resources@3.1.0 \
//     @opentelemetry/context-async-hooks@3.1.1 @opentelemetry/exporter-trace-otlp-http@0.301.0
// and is loaded before everything else:
//   OTEL_EXPORTER_OTLP_ENDPOINT=http://collector:4318 node --v8-pool-size=1 --max-semi-space-size=16 --heap-growing-percent=100 --import ./deploy/tracing.mjs src/start.cjs
// TRACE_SHARE=0.01 keeps one trace in a hundred.
import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { defaultResource, resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, ParentBasedSampler, TraceIdRatioBasedSampler, TracerProvider } from '@opentelemetry/sdk-trace';

const provider = new TracerProvider({
  resource: defaultResource().merge(resourceFromAttributes({ 'service.name': process.env.OTEL_SERVICE_NAME ?? 'parley' })),
  sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(Number(process.env.TRACE_SHARE ?? 1)) }),
  spanProcessors: [new BatchSpanProcessor({ exporter: new OTLPTraceExporter() })],
});
context.setGlobalContextManager(new AsyncLocalStorageContextManager());
trace.setGlobalTracerProvider(provider);

// Parley ends the process by itself when it has stopped: what is over by then is sent meanwhile.
for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => setInterval(() => provider.forceFlush().catch(() => {}), 250).unref());
