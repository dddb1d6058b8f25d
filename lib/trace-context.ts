/** The span that a sample belongs to, and its trace. */
export interface TraceSpan {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** 16 hexadecimal digits. */
  readonly spanId: string;
}

/** An immutable OpenTelemetry context: values by key. */
interface TraceContext {
  getValue(key: symbol): unknown;
  setValue(key: symbol, value: unknown): TraceContext;
}

/** Carries OpenTelemetry contexts through asynchronous work. */
interface TraceContextManager {
  active(): TraceContext;
  with<T>(context: TraceContext, work: () => T): T;
}

/** A span of OpenTelemetry, as far as it is used here. */
interface OpenTelemetrySpan {
  spanContext(): TraceSpan & { readonly traceFlags: number };
}

/** The global of all copies of `@opentelemetry/api` 1 in a process, so that the package need not be loaded here. */
const OPENTELEMETRY_API = Symbol.for('opentelemetry.js.api.1');
/** The key of the active span in a context. */
const SPAN = Symbol.for('OpenTelemetry Context Key SPAN');
const SAMPLED = 1;

/** Returns the context manager of OpenTelemetry. It exists after the application has set up tracing. */
export function traceContextManager(): TraceContextManager | undefined {
  const api = Reflect.get(globalThis, OPENTELEMETRY_API) as
    { readonly context?: TraceContextManager } | undefined;
  return api?.context;
}

/** Returns the active span of OpenTelemetry; undefined if there is none, or if it is not sampled. */
export function activeSpan(): TraceSpan | undefined {
  const span = traceContextManager()?.active().getValue(SPAN) as OpenTelemetrySpan | undefined;
  if (span === undefined) {
    return undefined;
  }
  const { traceId, spanId, traceFlags } = span.spanContext();
  return (traceFlags & SAMPLED) === SAMPLED ? { traceId, spanId } : undefined;
}

/** `00-<trace>-<span>-<flags>`, with no id of zeros alone. A later version may add parts at the end. */
const TRACEPARENT =
  /^(?!ff)[\da-f]{2}-((?!0{32})[\da-f]{32})-((?!0{16})[\da-f]{16})-[\da-f]([\da-f])(?:-|$)/;
/** `<trace>/<span>;o=<sampled>`, with a decimal span. */
const CLOUD_TRACE_CONTEXT = /^((?!0{32})[\da-fA-F]{32})\/([1-9]\d{0,19});o=1$/;
const SPAN_DIGITS = 16;

/**
 * Returns the span of the caller, as headers of a request name it; undefined if they name none that is sampled. Clients may
 * send any text.
 *
 * @param traceparent the value of the header `traceparent`.
 * @param cloudTraceContext the value of the older header `X-Cloud-Trace-Context`, read if the other one is of no use.
 */
export function spanOfHeaders(
  traceparent: unknown,
  cloudTraceContext: unknown,
): TraceSpan | undefined {
  const parts = typeof traceparent === 'string' ? TRACEPARENT.exec(traceparent) : null;
  if (parts) {
    const [, traceId, spanId, flags] = parts as unknown as [string, string, string, string];
    return (Number.parseInt(flags, 16) & SAMPLED) === SAMPLED ? { traceId, spanId } : undefined;
  }
  return typeof cloudTraceContext === 'string' ? spanOfOlderHeader(cloudTraceContext) : undefined;
}

function spanOfOlderHeader(header: string): TraceSpan | undefined {
  const parts = CLOUD_TRACE_CONTEXT.exec(header);
  if (!parts) {
    return undefined;
  }
  const spanId = BigInt(parts[2]!).toString(16).padStart(SPAN_DIGITS, '0');
  return spanId.length > SPAN_DIGITS ? undefined : { traceId: parts[1]!.toLowerCase(), spanId };
}
