import type { ModelRequest } from './model-row-store.js';

type Outcome = { readonly value: unknown } | { readonly error: Error };

/** Who waits for an answer. */
export interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** A request somewhere between a process and the server, and then its answer on the way back. */
export class Message<Sender> {
  private outcome: Outcome | undefined;
  private waiting: Waiting | undefined;
  /** It lies somewhere, and comes when nobody expects it any more. */
  isStalled = false;

  constructor(
    readonly from: Sender,
    readonly request: ModelRequest,
    waiting?: Waiting,
  ) {
    this.waiting = waiting;
  }

  get isApplied(): boolean {
    return this.outcome !== undefined;
  }

  /** Whether its sender still waits for the answer. */
  get isAwaited(): boolean {
    return this.waiting !== undefined;
  }

  /** Nothing can come of it any more. */
  get isOver(): boolean {
    return this.isApplied && !this.isAwaited;
  }

  /** The server does what is asked. The answer on its way is that of the last time. */
  apply(): Outcome {
    try {
      this.outcome = { value: this.request.apply() };
    } catch (error) {
      this.outcome = { error: error as Error };
    }
    return this.outcome;
  }

  /** The answer arrives. */
  reply(): void {
    const { outcome, waiting } = this;
    this.waiting = undefined;
    if (outcome && 'value' in outcome) {
      waiting?.resolve(outcome.value);
    } else if (outcome) {
      waiting?.reject(outcome.error);
    }
  }

  /** The sender learns nothing but that it failed. The request goes on. */
  fail(why: string): void {
    const { waiting } = this;
    this.waiting = undefined;
    waiting?.reject(new Error(`Datastore failed ${this.request.call.purpose}: ${why}`));
  }

  /** The same request once more, to which nobody waits for an answer. */
  copy(): Message<Sender> {
    return new Message(this.from, this.request);
  }

  toString(): string {
    const { operation, call } = this.request;
    return `${operation} (${call.purpose})`;
  }
}
