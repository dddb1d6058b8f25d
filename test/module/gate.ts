export const forever = (): Promise<never> => new Promise(() => {});
export const SECOND_MS = 1000;

/** Answers when the test says so. */
export class Gate {
  open = (): void => {};
  entered = (): void => {};
  readonly opened = new Promise<void>(resolve => (this.open = resolve));
  readonly wasEntered = new Promise<void>(resolve => (this.entered = resolve));

  pass(): Promise<void> {
    this.entered();
    return this.opened;
  }
}
