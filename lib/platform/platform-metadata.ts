import type { Clock } from '../clock/clock.js';
import { Deadline } from '../clock/deadline.js';
import { errorMessage, log } from '../log.js';

/** Reads the metadata server. */
export interface MetadataReader {
  /**
   * Reads one value, such as `instance/region`.
   *
   * @throws when there is no such value or no server.
   */
  read(path: string): Promise<unknown>;
}

/** The values that this library reads about an instance. */
interface InstanceMetadata {
  projectId?: string;
  instanceId?: string;
  region?: string;
}

/** The paths of the values to read, such as `instance/region`. */
export type MetadataPaths = Readonly<InstanceMetadata>;

const SHAPES: Record<keyof InstanceMetadata, RegExp> = {
  projectId: /^[a-z][a-z0-9.:-]{5,99}$/,
  instanceId: /^[\w-]{1,200}$/,
  region: /^[a-z]+-[a-z0-9-]{1,50}$/,
};

/** Reads the metadata server of Google Cloud, or the one that `GCE_METADATA_HOST` names. */
export const gcpMetadata: MetadataReader = {
  async read(path) {
    const { bulk } = await import('gcp-metadata');
    return (await bulk([{ metadataKey: path }]))[path];
  },
};

/** Reads several values in parallel. Leaves out values that cannot be read in time, and logs one warning. */
export async function readMetadata(
  paths: MetadataPaths,
  reader: MetadataReader,
  clock: Clock,
  timeoutMs: number,
): Promise<InstanceMetadata> {
  const metadata: InstanceMetadata = {};
  const failures: string[] = [];
  const read = async ([name, path]: [string, string], deadline: Deadline): Promise<void> => {
    try {
      const value = await deadline.race(reader.read(path));
      metadata[name as keyof InstanceMetadata] = checked(
        name as keyof InstanceMetadata,
        path,
        value,
      );
    } catch (error) {
      failures.push(`${path}: ${errorMessage(error)}`);
    }
  };
  await Deadline.run(clock, 'Reading the metadata server', timeoutMs, deadline =>
    Promise.all(Object.entries(paths).map(entry => read(entry, deadline))),
  );
  if (failures.length > 0) {
    log.warn(
      `Could not read all metadata of this instance; the rest is left out. If this happens again, set the options target and instanceId. ${failures.join('; ')}`,
    );
  }
  return metadata;
}

function checked(name: keyof InstanceMetadata, path: string, value: unknown): string {
  const given = String(value ?? '');
  const text = name === 'region' ? regionOf(path, given) : given;
  if (!SHAPES[name].test(text)) {
    throw new TypeError(`unexpected value ${JSON.stringify(given.slice(0, 100))}`);
  }
  return text;
}

/** Returns `europe-west1` for `projects/123/regions/europe-west1` and for `projects/123/zones/europe-west1-b`. */
function regionOf(path: string, text: string): string {
  const last = text.split('/').at(-1)!;
  return path.endsWith('/zone') ? last.replace(/-[^-]*$/, '') : last;
}
