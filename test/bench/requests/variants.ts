export const PLATFORMS = ['express', 'fastify'] as const;
export type Platform = (typeof PLATFORMS)[number];

/** What a server of the benchmark has beside its one route. */
export type Variant = 'no metrics' | 'default';
