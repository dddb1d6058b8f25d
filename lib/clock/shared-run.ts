/** Runs work once at a time. All callers that ask for it while it runs get the result of that run. */
export class SharedRun<T> {
  private running: Promise<T> | undefined;

  constructor(private readonly work: () => Promise<T>) {}

  /** Begins the work, or joins it if it runs already. */
  join(): Promise<T> {
    this.running ??= this.work().finally(() => {
      this.running = undefined;
    });
    return this.running;
  }
}
