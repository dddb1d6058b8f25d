export const PLATFORMS = ['express', 'fastify'] as const;
export type Platform = (typeof PLATFORMS)[number];

/** What records requests in a server of the benchmark. */
export type Variant = (typeof BARE_HOOKS)[number] | Package | 'no metrics' | 'default';

type Package = (typeof PACKAGES)[Platform][number];

/** Recording in a hook of Fastify or a middleware of Express that an application writes itself. */
export const BARE_HOOKS = ['prom-client in a hook', 'OpenTelemetry in a hook'] as const;

const BOTH_PLATFORMS = [
  'OpenTelemetry HTTP instrumentation',
  'nestjs-prometheus',
  'nestjs-otel',
] as const;

/** Packages that record requests, or that Nest applications record requests with. */
export const PACKAGES = {
  express: ['express-prom-bundle', ...BOTH_PLATFORMS],
  fastify: ['fastify-metrics', ...BOTH_PLATFORMS],
} as const;
