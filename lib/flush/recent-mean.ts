/** The mean of the recent values. It needs no list of them: from some number of values on, older ones fade away. */
export class RecentMean {
  private seen = 0;
  private mean = 0;

  /** @param window the number of values after which older ones fade. */
  add(value: number, window: number): void {
    this.seen += 1;
    this.mean += (value - this.mean) / Math.min(this.seen, window);
  }

  get count(): number {
    return this.seen;
  }

  /** The mean; undefined without a value. */
  get value(): number | undefined {
    return this.seen > 0 ? this.mean : undefined;
  }
}
