/** Time series that are sent in one request, and the cells that they come from. */
export class SeriesBatch {
  constructor(
    private readonly series: readonly string[],
    /** Of each the index of its cell. */
    private readonly cells: readonly number[],
  ) {}

  get size(): number {
    return this.series.length;
  }

  /** The index of the cell that a series comes from. */
  cellOf(position: number): number {
    return this.cells[position]!;
  }

  /** The same without the series at these positions. */
  without(positions: ReadonlyMap<number, unknown>): SeriesBatch {
    const stays = (_: unknown, position: number): boolean => !positions.has(position);
    return new SeriesBatch(this.series.filter(stays), this.cells.filter(stays));
  }

  /** The body of the request. */
  body(): string {
    return `{"timeSeries":[${this.series.join(',')}]}`;
  }
}
