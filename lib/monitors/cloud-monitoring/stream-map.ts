/** A stream, by texts that no other has. */
export interface StreamName {
  readonly resource: string;
  readonly metric: string;
}

/** Values of streams. The text of a resource is kept once, whatever many streams it has. */
export class StreamMap<V> {
  private readonly byResource = new Map<string, Map<string, V>>();

  get({ resource, metric }: StreamName): V | undefined {
    return this.byResource.get(resource)?.get(metric);
  }

  set({ resource, metric }: StreamName, value: V): void {
    const streams = this.byResource.get(resource);
    if (streams) {
      streams.set(metric, value);
    } else {
      this.byResource.set(resource, new Map([[metric, value]]));
    }
  }

  delete({ resource, metric }: StreamName): void {
    const streams = this.byResource.get(resource);
    if (streams?.delete(metric) && streams.size === 0) {
      this.byResource.delete(resource);
    }
  }
}
