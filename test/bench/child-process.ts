import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/**
 * Runs a module in a Node process of its own, and returns the one message that it sends.
 *
 * @param env is added to the environment of this process.
 *
 * @throws Error when it fails, or sends nothing. What it prints is shown.
 */
export async function messageFrom<T>(
  module: URL,
  args: readonly string[],
  nodeOptions: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<T> {
  const child = fork(fileURLToPath(module), [...args], {
    execArgv: [...nodeOptions],
    env: { ...process.env, ...env },
  });
  const messages: T[] = [];
  child.on('message', message => messages.push(message as T));
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>(
    (resolve, reject) => {
      child.on('error', reject);
      child.on('close', (...exit) => resolve(exit));
    },
  );
  if (code !== 0 || messages.length !== 1) {
    const exit = signal ?? `code ${code}`;
    throw new Error(
      `${module.pathname} ${args.join(' ')} ended by ${exit}, and sent ${messages.length} results.`,
    );
  }
  return messages[0]!;
}
