const COMMA = Buffer.from(',');
/** What stands before the first time series of a body. */
export const BODY_BEGIN = Buffer.from('{"timeSeries":[');
/** What stands after the last time series of a body. */
export const BODY_END = Buffer.from(']}');

/** Time series that are sent in one request, and the cells that they come from. */
export class SeriesBatch {
  /**
   * @param body the body of the request.
   * @param cells the index of the cell of each series.
   * @param bounds where each series begins and ends in the body.
   */
  constructor(
    readonly body: Buffer,
    readonly cells: readonly number[],
    private readonly bounds: readonly number[],
  ) {}

  get size(): number {
    return this.cells.length;
  }

  /** The index of the cell that a series comes from. */
  cellOf(position: number): number {
    return this.cells[position]!;
  }

  /** Whether one of the series contains a text. */
  mentions(text: string): boolean {
    return this.body.includes(text);
  }

  /** A batch without the series at these positions. */
  without(positions: ReadonlyMap<number, unknown>): SeriesBatch {
    const parts: Buffer[] = [BODY_BEGIN];
    const cells: number[] = [];
    const bounds: number[] = [];
    let end = BODY_BEGIN.length;
    for (let position = 0; position < this.size; position++) {
      if (!positions.has(position)) {
        const series = this.body.subarray(this.bounds[2 * position], this.bounds[2 * position + 1]);
        if (cells.length > 0) {
          parts.push(COMMA);
          end += COMMA.length;
        }
        parts.push(series);
        cells.push(this.cellOf(position));
        bounds.push(end, end + series.length);
        end += series.length;
      }
    }
    parts.push(BODY_END);
    return new SeriesBatch(Buffer.concat(parts), cells, bounds);
  }
}
