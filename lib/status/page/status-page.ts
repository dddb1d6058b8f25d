import { createHash } from 'node:crypto';

/** The status page. Style and script are part of the HTML, so the page loads nothing else. */
export class StatusPage {
  private constructor(
    private readonly beforeToken: string,
    private readonly afterToken: string,
    /** Allows only this style, this script, and requests to the page's own origin. */
    readonly contentSecurityPolicy: string,
  ) {}

  /** Loads the text of the page, which few instances ever show. */
  static async load(): Promise<StatusPage> {
    // Made by status-page-plugin.ts of the files in this folder.
    const { markup, style, script } = await import('./bundled-page.js');
    const whole = markup
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
