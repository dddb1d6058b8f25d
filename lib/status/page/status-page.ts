import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';

/** The scripts in their order in the page: each comes after the scripts that it imports. */
export const SCRIPTS = [
  'text.js',
  'numbers.js',
  'dom.js',
  'connection.js',
  'history.js',
  'cells.js',
  'sparkline.js',
  'bars.js',
  'histogram.js',
  'cell-view.js',
  'table.js',
  'overview.js',
  'instances.js',
  'main.js',
];

/** The styles in their order in the page: later ones override earlier ones. */
const STYLES = ['theme.css', 'overview.css', 'tables.css', 'histogram.css', 'phone.css'];

/** The status page. Style and script are part of the HTML, so the page loads nothing else. */
export class StatusPage {
  private constructor(
    private readonly beforeToken: string,
    private readonly afterToken: string,
    /** Allows only this style, this script, and requests to the page's own origin. */
    readonly contentSecurityPolicy: string,
  ) {}

  /** @throws Error when the files of the page are missing, such as in a bundle. */
  static async load(): Promise<StatusPage> {
    const html = await read('page.html');
    const style = (await Promise.all(STYLES.map(read))).join('\n');
    const script = (await Promise.all(SCRIPTS.map(read))).map(withoutModules).join('\n');
    const whole = html
      .replace('<!-- style -->', () => `<style>${style}</style>`)
      .replace('<!-- script -->', () => `<script type="module">${script}</script>`);
    const [before = '', after = ''] = whole.split('{{token}}');
    return new StatusPage(before, after, policyOf(hashOf(script), hashOf(style)));
  }

  /** @param token may have only letters, digits, `.`, `-` and `_`. */
  html(token: string): string {
    return this.beforeToken + token + this.afterToken;
  }
}

async function read(name: string): Promise<string> {
  try {
    return await readFile(new URL(name, import.meta.url), 'utf8');
  } catch (error) {
    throw new Error(
      `The status page cannot be shown, since its file ${name} is not beside the library, as in a bundle. Use format=json, or leave nestjs-tsmon out of the bundle.`,
      { cause: error },
    );
  }
}

/** Removes imports and exports, so that all modules form one script: a page that loads nothing cannot import. */
function withoutModules(module: string): string {
  return module
    .replace(/^import \{[^}]*\} from '\.\/[\w-]+\.js';\n/gm, '')
    .replace(/^export (?=(?:async )?(?:function|class|const) )/gm, '');
}

function hashOf(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}

function policyOf(script: string, style: string): string {
  return [
    "default-src 'none'",
    `script-src ${script}`,
    `style-src ${style}`,
    'img-src data:',
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; ');
}
