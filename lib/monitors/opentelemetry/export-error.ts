import { errorText } from '../../log.js';

const MOST_SHOWN = 500;
/** The number of characters that are read of an answer, which may be megabytes of protobuf. */
const MOST_READ = 10_000;

/** The properties that network exporters add to an error. */
interface ExporterError {
  readonly name?: unknown;
  readonly message?: unknown;
  /** The HTTP status or gRPC code. */
  readonly code?: unknown;
  /** The body of the answer, which says what is wrong. */
  readonly data?: unknown;
}

/** Creates an error with everything that the exporter says about a failure. */
export function exportError(cause: unknown): Error {
  return new Error(`OpenTelemetry's exporter failed: ${safeTextOf(cause)}`, { cause });
}

function safeTextOf(cause: unknown): string {
  try {
    return textOf(cause);
  } catch {
    return errorText(cause);
  }
}

function textOf(cause: unknown): string {
  if (typeof cause !== 'object' || cause === null) {
    return cause === undefined ? 'it does not say why' : String(cause);
  }
  const { name, message, code, data } = cause as ExporterError;
  const status = typeof code === 'number' && !String(message).includes(String(code)) ? code : '';
  const parts = [message || name, status, readable(data)].filter(Boolean);
  return parts.join(': ') || 'it does not say why';
}

/** Extracts the text of an answer, which may be a protobuf. */
function readable(data: unknown): string {
  return typeof data === 'string'
    ? data
        .slice(0, MOST_READ)
        .replace(/[^\P{C}\n]|\uFFFD/gu, ' ')
        .replace(/\s+/g, ' ')
        .trim()
        .slice(0, MOST_SHOWN)
    : '';
}
