import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Script } from 'node:vm';
import { createHash } from 'node:crypto';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { StatusPage } from '../../lib/status/page/status-page.js';

const FOLDER = fileURLToPath(new URL('../../lib/status/page/', import.meta.url));

describe('the files of the status page', () => {
  it('are one page, whose script and style are the only ones that its policy lets in', async () => {
    const page = await StatusPage.load();
    const html = page.html('a.b-c_1');
    expect(html).toContain('<meta name="tsmon-token" content="a.b-c_1" />');
    expect(html).not.toMatch(/\{\{token|<!-- (style|script) -->/);
    const contents = (tag: string): string[] =>
      [...html.matchAll(new RegExp(`<${tag}[^>]*>([^]*?)</${tag}>`, 'g'))].map(
        ([, text = '']) => text,
      );
    const hash = (text: string): string => createHash('sha256').update(text).digest('base64');
    const [script, ...otherScripts] = contents('script');
    const [style, ...otherStyles] = contents('style');
    expect([...otherScripts, ...otherStyles]).toEqual([]);
    expect(page.contentSecurityPolicy).toContain(`script-src 'sha256-${hash(script!)}'`);
    expect(page.contentSecurityPolicy).toContain(`style-src 'sha256-${hash(style!)}'`);
    expect(page.contentSecurityPolicy).toMatch(/^default-src 'none';/);
    expect(page.contentSecurityPolicy).not.toMatch(/unsafe|\*/);
    expect(html).not.toMatch(/\son\w+=|\sstyle=|innerHTML/);
  });

  it('become one script without imports', async () => {
    const html = (await StatusPage.load()).html('t');
    const script = /<script[^>]*>([^]*)<\/script>/.exec(html)?.[1] ?? '';
    expect(script).toContain('function listenForInstances(');
    expect(script).not.toMatch(/^(import|export) /m);
    expect(() => new Script(`'use strict';${script}`)).not.toThrow();
  });

  it('have the types of the answers that they request', () => {
    const config = ts.getParsedCommandLineOfConfigFile(
      `${FOLDER}tsconfig.json`,
      {},
      {
        ...ts.sys,
        onUnRecoverableConfigFileDiagnostic: ({ messageText }) => {
          throw new Error(String(messageText));
        },
      },
    );
    const program = ts.createProgram(config!.fileNames, config!.options);
    expect(program.getRootFileNames()).toEqual(
      readdirSync(FOLDER)
        .filter(name => name.endsWith('.js'))
        .map(name => `${FOLDER}${name}`),
    );
    const problems = program
      .getRootFileNames()
      .flatMap(name => ts.getPreEmitDiagnostics(program, program.getSourceFile(name)))
      .map(({ file, messageText }) => `${file?.fileName}: ${JSON.stringify(messageText)}`);
    expect(problems).toEqual([]);
  }, 60_000);
});
