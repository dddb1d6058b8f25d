/**
 * Returns the length of a response body as its headers declare it; undefined if they do not.
 *
 * @param contentLength the value of the header, if there is one.
 */
export function declaredLength(
  method: unknown,
  status: number,
  contentLength: string | undefined,
): number | undefined {
  if (method === 'HEAD' || status === 204 || status === 304) {
    return 0;
  }
  return contentLength !== undefined && /^\d{1,15}$/.test(contentLength)
    ? Number(contentLength)
    : undefined;
}
