/** The names of gRPC's status codes, from 0 on. */
const NAMES = [
  'OK',
  'CANCELLED',
  'UNKNOWN',
  'INVALID_ARGUMENT',
  'DEADLINE_EXCEEDED',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'PERMISSION_DENIED',
  'RESOURCE_EXHAUSTED',
  'FAILED_PRECONDITION',
  'ABORTED',
  'OUT_OF_RANGE',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
  'UNAUTHENTICATED',
] as const;

/** A client that gives up at its deadline may cancel a little before the server sees the deadline pass. */
const DEADLINE_SLACK_MS = 50;

/** The part of a call of `@grpc/grpc-js` that is used here. `call` is what sends the status, and is not public. */
export interface GrpcCall {
  readonly cancelled?: boolean;
  /** The headers of the call. */
  readonly metadata?: { get(name: string): readonly unknown[] };
  readonly call?: { sendStatus?(status: { readonly code: number }): void };
  getDeadline?(): Date | number;
  once(event: 'cancelled', listener: () => void): unknown;
}

/**
 * Calls `ended` with the name of the status when a gRPC call ends. It watches the status that is sent, since only that shows
 * what the exception filters of the application have made of an error, and what a handler sent that got the raw call.
 *
 * @param ended may be called again, as grpc-js reports that each call is cancelled in the end.
 * @returns false if this version of grpc-js sends its status in another way.
 */
export function watchStatus(grpcCall: GrpcCall, ended: (status: string) => void): boolean {
  const { call } = grpcCall;
  const sendStatus = call?.sendStatus;
  if (!call || typeof sendStatus !== 'function') {
    return false;
  }
  call.sendStatus = status => {
    // Nest also answers a call that was cancelled. The client does not get this answer.
    ended(grpcCall.cancelled ? statusOfCancelled(grpcCall) : nameOf(status.code));
    sendStatus.call(call, status);
  };
  grpcCall.once('cancelled', () => ended(statusOfCancelled(grpcCall)));
  return true;
}

function statusOfCancelled(grpcCall: GrpcCall): string {
  const remainingMs = Number(grpcCall.getDeadline?.()) - Date.now();
  return remainingMs < DEADLINE_SLACK_MS ? 'DEADLINE_EXCEEDED' : 'CANCELLED';
}

/** Returns the status of an error: by the error that an `RpcException` was made from, or by `code`, as grpc-js does. */
export function statusOfError(thrown: unknown): string {
  const error = thrown as { getError?(): unknown } | undefined;
  const sent = typeof error?.getError === 'function' ? error.getError() : error;
  return nameOf((sent as { readonly code?: unknown } | undefined)?.code);
}

function nameOf(code: unknown): string {
  return (typeof code === 'number' ? NAMES[code] : undefined) ?? 'UNKNOWN';
}
