import type { INestApplication, ModuleMetadata } from '@nestjs/common';
import type { Platform, Variant } from './variants.js';

/** What is added to the server of a variant. */
export interface Subject {
  readonly imports?: NonNullable<ModuleMetadata['imports']>;
  /** Called before the application listens. */
  install?(app: INestApplication, platform: Platform): unknown;
}

/** Loads a subject. A server loads only its own one, before the platform. */
export const SUBJECTS: Readonly<Record<Variant, () => Promise<Subject>>> = {
  'no metrics': async () => ({}),
  default: async () => {
    const { TsmonModule } = await import('../../../lib/entry/index.js');
    return { imports: [TsmonModule.forRoot()] };
  },
  'prom-client in a hook': async () => (await import('./peers/prom-client.js')).subject,
  'OpenTelemetry in a hook': async () => (await import('./peers/opentelemetry.js')).subject,
  'OpenTelemetry HTTP instrumentation': async () =>
    (await import('./peers/http-instrumentation.js')).subject,
  'nestjs-prometheus': async () => (await import('./peers/nestjs-prometheus.js')).subject,
  'nestjs-otel': async () => (await import('./peers/nestjs-otel.js')).subject,
  'express-prom-bundle': async () => (await import('./peers/express-prom-bundle.js')).subject,
  'fastify-metrics': async () => (await import('./peers/fastify-metrics.js')).subject,
};
