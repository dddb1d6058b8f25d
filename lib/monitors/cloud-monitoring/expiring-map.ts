/** A map that keeps each value for a given time after it was set, and drops it after at most twice that time. */
export class ExpiringMap<V> {
  private recent = new Map<string, V>();
  private older = new Map<string, V>();
  private recentSince = -Infinity;

  /** @param keptFor the least time, in the same unit as the argument `now` of `set`. */
  constructor(private readonly keptFor: number) {}

  get isEmpty(): boolean {
    return this.recent.size === 0 && this.older.size === 0;
  }

  get(key: string): V | undefined {
    return this.recent.get(key) ?? this.older.get(key);
  }

  set(key: string, value: V, now: number): void {
    this.dropExpired(now);
    this.recent.set(key, value);
  }

  delete(key: string): void {
    this.recent.delete(key);
    this.older.delete(key);
  }

  clear(): void {
    this.recent = new Map();
    this.older = new Map();
  }

  private dropExpired(now: number): void {
    if (now >= this.recentSince + this.keptFor) {
      this.older = now < this.recentSince + 2 * this.keptFor ? this.recent : new Map();
      this.recent = new Map();
      this.recentSince = now;
    }
  }
}
