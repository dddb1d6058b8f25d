type Runner = (work: () => void) => void;

/**
 * Runs work whose own requests are not to be traced, as OpenTelemetry's readers do. Without its packages nothing
 * is traced, and nothing is needed.
 */
export async function loadUntraced(): Promise<Runner> {
  try {
    const [{ context }, { suppressTracing }] = await Promise.all([
      import('@opentelemetry/api'),
      import('@opentelemetry/core'),
    ]);
    return work => context.with(suppressTracing(context.active()), work);
  } catch {
    return work => work();
  }
}
