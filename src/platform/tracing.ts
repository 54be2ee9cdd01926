import { type Attributes, type Context, context, INVALID_TRACEID, type Span, SpanStatusCode, trace } from '@opentelemetry/api';

const tracer = trace.getTracer('parley');

/** What is recorded of some work, where somebody records: an SDK of OpenTelemetry that was loaded before. Its name and attributes are words and numbers of ours. */
class OpenSpan {
  private readonly span: Span;
  private readonly within: Context;

  constructor(span: Span) {
    this.span = span;
    this.within = trace.setSpan(context.active(), span);
  }

  /** Runs work; the spans that it opens stand under this one. */
  run<T>(work: () => T): T {
    return context.with(this.within, work);
  }

  /** Ends it, under a better name where there is one by now. */
  end(attributes: Attributes, { failed, name }: { readonly failed: boolean; readonly name?: string }): void {
    if (name !== undefined) this.span.updateName(name);
    this.span.setAttributes(attributes);
    if (failed) this.span.setStatus({ code: SpanStatusCode.ERROR });
    this.span.end();
  }
}

/** Opens a span under the one in which this is called, or, with `root`, under none. Null where nobody records, which costs next to nothing. */
export function openSpan(name: string, options: { readonly root?: boolean } = {}): OpenSpan | null {
  const span = tracer.startSpan(name, options);
  return span.spanContext().traceId === INVALID_TRACEID ? null : new OpenSpan(span);
}
