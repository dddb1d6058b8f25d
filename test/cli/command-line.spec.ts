import { describe, expect, it } from 'vitest';
import { VERSION } from '../../lib/version.js';
import { run } from './run.js';

describe('the command nestjs-tsmon', () => {
  it.each([[[]], [['--help']], [['-h']]])('prints its help for %j', async args => {
    const { code, out, err } = await run(...args);
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(/^Usage: nestjs-tsmon <command> \[options\]\n/);
    expect(out).toMatch(/^ {2}doctor {2,}\w/m);
  });

  it('prints its version', async () => {
    expect(await run('--version')).toEqual({ code: 0, out: `${VERSION}\n`, err: '' });
  });

  it.each(['--help', '-h'])('prints the help of a command for %s after it', async help => {
    const { code, out } = await run('doctor', help);
    expect(code).toBe(0);
    expect(out).toMatch(/^Usage: nestjs-tsmon doctor \[options\]\n/);
  });

  it.each([
    ['an unknown command', ['docter'], 'There is no command "docter". See: nestjs-tsmon --help\n'],
    ['the name of a method', ['toString'], /^There is no command "toString"\. /],
    [
      'an unknown option',
      ['--verbose'],
      'There is no option "--verbose". See: nestjs-tsmon --help\n',
    ],
    [
      'an unknown option of a command',
      ['doctor', '--prject', 'shop'],
      /^Unknown option '--prject'.*\. See: nestjs-tsmon doctor --help\n$/,
    ],
    [
      'an option without its value',
      ['doctor', '--project'],
      /'--project <value>' argument missing\. See: nestjs-tsmon doctor --help\n$/,
    ],
    ['an argument too many', ['doctor', 'shop'], /^Unexpected argument 'shop'/],
  ])('is misused by %s: exit code 2', async (_, args, message) => {
    const { code, out, err } = await run(...args);
    expect([code, out]).toEqual([2, '']);
    expect(err).toEqual(typeof message === 'string' ? message : expect.stringMatching(message));
  });
});
