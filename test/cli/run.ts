import { runCommandLine } from '../../lib/cli/run-command-line.js';

/** What the command line prints for these arguments, and its exit code. */
export async function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  let [out, err] = ['', ''];
  const code = await runCommandLine(args, {
    print: text => (out += `${text}\n`),
    complain: text => (err += `${text}\n`),
  });
  return { code, out, err };
}
