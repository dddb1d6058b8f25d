/** Who measured. The version is that of package.json, which a bundler leaves behind. */
export const SCOPE = { name: 'nestjs-tsmon', version: '0.1.0' } as const;
