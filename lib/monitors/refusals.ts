/**
 * HTTP statuses with which a server says that it has done nothing. A proxy sends 408, 499 and 5xx in place of a server that may
 * have done its work, so these are not included.
 */
const HTTP_REFUSALS: ReadonlySet<unknown> = new Set([
  400, 401, 403, 404, 405, 411, 413, 414, 415, 429, 431,
]);

/** gRPC codes, with their names, with which a server says that it has done nothing. */
const GRPC_REFUSALS: ReadonlyMap<unknown, string> = new Map([
  [3, 'INVALID_ARGUMENT'],
  [5, 'NOT_FOUND'],
  [7, 'PERMISSION_DENIED'],
  [8, 'RESOURCE_EXHAUSTED'],
  [9, 'FAILED_PRECONDITION'],
  [11, 'OUT_OF_RANGE'],
  [16, 'UNAUTHENTICATED'],
]);
const NAMES_OF_GRPC_REFUSALS: ReadonlySet<unknown> = new Set(GRPC_REFUSALS.values());

/**
 * Messages of @grpc/grpc-js for replies that it could not read and for streams that were reset. Such errors have the codes
 * RESOURCE_EXHAUSTED and PERMISSION_DENIED, although the server may have done its work.
 */
const MADE_UP_BY_CLIENT =
  /Received message |Bandwidth exhausted or memory limit exceeded|Protocol not secure enough/;

/** Whether a server that answered with this HTTP status has surely done nothing. */
export function isHttpRefusal(status: unknown): boolean {
  return HTTP_REFUSALS.has(status);
}

/** Whether a server that answered with this gRPC code has surely done nothing. */
export function isGrpcRefusal(code: unknown): boolean {
  return GRPC_REFUSALS.has(code);
}

/** Whether a server that answered with the gRPC code of this name, such as `PERMISSION_DENIED`, has surely done nothing. */
export function isNameOfRefusal(name: unknown): boolean {
  return NAMES_OF_GRPC_REFUSALS.has(name);
}

/** Whether a gRPC call that failed with this error has surely changed nothing. */
export function isRefusedCall(error: unknown): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    isGrpcRefusal(error.code) &&
    !MADE_UP_BY_CLIENT.test(error.message)
  );
}
