/** One value as it arrives at a backend. */
export interface ArrivingPoint {
  /** Which cell it is of: see `nameOfCell`. */
  readonly cell: string;
  /** Tells the stream from others of the cell. */
  readonly stream: string;
  readonly endTime: number;
  readonly value: number;
}

/** What a backend keeps: of each stream the last value. */
export class Arrivals {
  private readonly streams = new Map<string, ArrivingPoint>();
  private ofThisSend = new Set<string>();

  write(points: Iterable<ArrivingPoint>): void {
    for (const point of points) {
      const stream = `${point.cell} ${point.stream}`;
      const last = this.streams.get(stream);
      if (!last || last.endTime < point.endTime) {
        this.streams.set(stream, point);
      }
      this.ofThisSend.add(point.cell);
    }
  }

  /** All that arrived of a cell, over all its streams. */
  total(cell: string): number {
    return [...this.streams.values()]
      .filter(point => point.cell === cell)
      .reduce((sum, { value }) => sum + value, 0);
  }

  beginSend(): void {
    this.ofThisSend = new Set();
  }

  /** Whether a cell was written since the last send began. */
  wasWritten(cell: string): boolean {
    return this.ofThisSend.has(cell);
  }
}
