/** Time series that are sent in one request, and the cells that they come from. */
export class SeriesBatch {
  constructor(
    private readonly series: readonly string[],
    /** The index of the cell of each series. */
    readonly cells: readonly number[],
  ) {}

  get size(): number {
    return this.series.length;
  }

  /** The index of the cell that a series comes from. */
  cellOf(position: number): number {
    return this.cells[position]!;
  }

  /** Whether one of the series contains a text. */
  mentions(text: string): boolean {
    return this.series.some(series => series.includes(text));
  }

  /** A batch without the series at these positions. */
  without(positions: ReadonlyMap<number, unknown>): SeriesBatch {
    const stays = (_: unknown, position: number): boolean => !positions.has(position);
    return new SeriesBatch(this.series.filter(stays), this.cells.filter(stays));
  }

  /** The body of the request. */
  body(): string {
    // Concatenated strings are copied once, when the body is sent. join() would copy them once more.
    const [first = '', ...others] = this.series;
    let body = `{"timeSeries":[${first}`;
    for (const series of others) {
      body += `,${series}`;
    }
    return `${body}]}`;
  }
}
