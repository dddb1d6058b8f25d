import type { Clock } from '../clock/clock.js';
import { Deadline } from '../clock/deadline.js';
import { errorMessage, log } from '../log.js';

/** Reads one value of the metadata server, such as `instance/region`. */
export interface MetadataReader {
  /** @throws when there is no such value, or no server. */
  read(path: string): Promise<unknown>;
}

/** What the metadata server tells about an instance. */
interface InstanceMetadata {
  projectId?: string;
  instanceId?: string;
  region?: string;
}

/** Where on the metadata server the parts are that are to be read. */
export type MetadataPaths = Readonly<InstanceMetadata>;

const SHAPES: Record<keyof InstanceMetadata, RegExp> = {
  projectId: /^[a-z][a-z0-9.:-]{5,99}$/,
  instanceId: /^[\w-]{1,200}$/,
  region: /^[a-z]+-[a-z0-9-]{1,50}$/,
};

/** The metadata server of Google Cloud, or the one that `GCE_METADATA_HOST` names. */
export const gcpMetadata: MetadataReader = {
  async read(path) {
    const { bulk } = await import('gcp-metadata');
    return (await bulk([{ metadataKey: path }]))[path];
  },
};

/** Reads several values at once. Leaves out values that cannot be read in time, with one warning. */
export async function readMetadata(
  paths: MetadataPaths,
  reader: MetadataReader,
  clock: Clock,
  timeoutMs: number,
): Promise<InstanceMetadata> {
  const metadata: InstanceMetadata = {};
  const failures: string[] = [];
  const read = async ([part, path]: [string, string], deadline: Deadline): Promise<void> => {
    try {
      const value = await deadline.race(reader.read(path));
      metadata[part as keyof InstanceMetadata] = checked(
        part as keyof InstanceMetadata,
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
      `Could not read all metadata of this instance, and go on without. Set the options target and instanceId if that lasts. ${failures.join('; ')}`,
    );
  }
  return metadata;
}

function checked(part: keyof InstanceMetadata, path: string, value: unknown): string {
  const text = String(value ?? '');
  const shortened = part === 'region' ? regionOf(path, text) : text;
  if (!SHAPES[part].test(shortened)) {
    throw new TypeError(`unexpected value ${JSON.stringify(text.slice(0, 100))}`);
  }
  return shortened;
}

/** `projects/123/regions/europe-west1` and `projects/123/zones/europe-west1-b` are in `europe-west1`. */
function regionOf(path: string, text: string): string {
  const last = text.split('/').at(-1)!;
  return path.endsWith('/zone') ? last.replace(/-[^-]*$/, '') : last;
}
