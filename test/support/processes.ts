import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

const DEADLINE_MS = 60_000;
const POLL_MS = 50;

/** How a process ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Child processes, which must not outlive this process, however it ends. */
const running = new Set<ChildProcess>();
process.once('exit', () => running.forEach(child => child.kill('SIGKILL')));

/** A process that a test has started, and its output. End it in `afterEach`. */
export class TestProcess {
  private readonly child: ChildProcess;
  private readonly exit: Promise<Exit>;
  private printed = '';

  /** @param env the environment of the process. It inherits only PATH and HOME. */
  constructor(
    command: string,
    args: readonly string[],
    env: Record<string, string> = {},
    cwd?: string,
  ) {
    const { PATH = '', HOME = '' } = process.env;
    this.child = spawn(command, args, {
      cwd,
      env: { PATH, HOME, NO_COLOR: '1', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const collect = (chunk: Buffer): void => {
      this.printed += chunk.toString();
    };
    this.child.stdout?.on('data', collect);
    this.child.stderr?.on('data', collect);
    this.exit = once(this.child, 'close').then(([code, signal]) => ({ code, signal }));
    running.add(this.child);
    this.exit.finally(() => running.delete(this.child)).catch(() => undefined);
  }

  /** The output so far, of stdout and stderr. */
  get output(): string {
    return this.printed;
  }

  get isRunning(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Waits until the output matches. */
  prints(pattern: RegExp): Promise<RegExpExecArray> {
    return until(`it prints ${pattern}`, () => {
      const match = pattern.exec(this.printed);
      if (!match && !this.isRunning) {
        throw new Error(`The process ended without printing ${pattern}:\n${this.printed}`);
      }
      return match;
    }).catch((error: unknown) => {
      throw new Error(`${String(error)}\nIt printed:\n${this.printed}`, { cause: error });
    });
  }

  /** Freezes the process at any point of its work, until it is resumed. SIGKILL still ends it. */
  freeze(): void {
    this.child.kill('SIGSTOP');
  }

  resume(): void {
    this.child.kill('SIGCONT');
  }

  /** Sends a signal, which the process may handle. */
  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** Sends a signal, and waits until the process has ended. */
  async end(signal: NodeJS.Signals): Promise<Exit> {
    this.child.kill(signal);
    return this.exit;
  }

  /** Waits until the process has ended by itself. */
  ended(): Promise<Exit> {
    return this.exit;
  }
}

/** Calls `probe` until it returns something, and returns that. Throws after a minute. */
export async function until<T>(
  what: string,
  probe: () => T | Promise<T>,
): Promise<Exclude<T, null | undefined | false>> {
  const deadline = Date.now() + DEADLINE_MS;
  while (Date.now() < deadline) {
    const found = await probe();
    if (found !== undefined && found !== null && found !== false) {
      return found as Exclude<T, null | undefined | false>;
    }
    await sleep(POLL_MS);
  }
  throw new Error(`Waited in vain for ${DEADLINE_MS / 1000} s until ${what}.`);
}
