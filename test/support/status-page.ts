import { Module, type INestApplication } from '@nestjs/common';
import type { Browser, BrowserContext, ConsoleMessage, Page } from 'puppeteer-core';
import {
  InMemoryTaskNumAllocator,
  Registry,
  TsmonModule,
  type TsmonModuleOptions,
} from '../../lib/entry/index.js';
import { FakeMonitor } from '../../lib/testing/fake-monitor.js';
import { startChromium } from './chromium.js';
import { startApp, type HttpPlatform } from './test-app.js';

export const STATUS_PAGE = '/internal/tsmon';

/** An application with a status page that everybody may see. */
export interface StatusApp {
  readonly app: INestApplication;
  readonly url: string;
  readonly registry: Registry;
  readonly monitor: FakeMonitor;
}

/** Starts an application that reports as `shop / web`. The caller closes it. */
export async function startStatusApp(
  platform: HttpPlatform,
  options: Partial<TsmonModuleOptions> = {},
): Promise<StatusApp> {
  const registry = options.registry ?? new Registry();
  const monitor = new FakeMonitor();
  @Module({
    imports: [
      TsmonModule.forRoot({
        target: { serviceName: 'shop', jobName: 'web', dataCenter: 'europe-west1', hostName: 'v1' },
        instanceId: 'instance-1',
        registry,
        monitor,
        allocator: new InMemoryTaskNumAllocator(),
        runtimeStats: false,
        flush: { mode: 'background' },
        housekeeping: { cron: false, controller: false },
        status: { enabled: true, auth: 'none' },
        ...options,
      }),
    ],
  })
  class AppModule {}
  const { app, url } = await startApp({ imports: [AppModule] }, platform);
  return { app, url: url + STATUS_PAGE, registry, monitor };
}

/** Code for the page, as text: TypeScript checks the tests with the types of Node, not of a browser. */
const TELL_VIOLATIONS = `document.addEventListener('securitypolicyviolation', event =>
  console.error('policy violated:', event.violatedDirective, event.blockedURI))`;

/** Options for opening a page. */
export interface Opening {
  readonly scheme?: 'light' | 'dark';
  readonly width?: number;
  readonly height?: number;
  /** Code that runs in the page before its own script. */
  readonly before?: string;
}

/** A page in Chromium, and its errors. */
export class OpenedPage {
  /** Errors, warnings, violations of the policy, requests that failed. */
  readonly complaints: string[] = [];
  /** The addresses that the page has requested. */
  readonly requests: string[] = [];

  private constructor(
    readonly page: Page,
    private readonly context: BrowserContext,
  ) {
    page.on('console', message => this.hear(message));
    page.on('pageerror', error => this.complaints.push(String(error)));
    page.on('requestfailed', request => {
      this.complaints.push(`${request.url()}: ${request.failure()?.errorText}`);
    });
    page.on('request', request => this.requests.push(request.url()));
  }

  /** Opens an address in a profile of its own, and waits until the first report is shown. */
  static async open(browser: Browser, url: string, opening: Opening = {}): Promise<OpenedPage> {
    const { scheme = 'light', width = 1280, height = 900, before } = opening;
    const context = await browser.createBrowserContext();
    const page = await context.newPage();
    const opened = new OpenedPage(page, context);
    await page.setViewport({ width, height });
    await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
    await page.evaluateOnNewDocument(TELL_VIOLATIONS);
    if (before) {
      await page.evaluateOnNewDocument(before);
    }
    await page.goto(url);
    await page.waitForSelector('#figures dd');
    return opened;
  }

  /** Returns the visible text of the element that a selector finds. */
  async text(selector: string): Promise<string> {
    return await this.evaluate(`document.querySelector(${JSON.stringify(selector)}).innerText`);
  }

  /** The rows of the table of cells that are shown: name, fields, value and rate. */
  async rows(): Promise<string[][]> {
    return await this.evaluate(`Array.from(document.querySelectorAll('#cells tbody tr'), row =>
      Array.from(row.children, cell => cell.innerText.replace(/\\s+/g, ' ').trim()))`);
  }

  /** Searches for these words, and no others. */
  async search(words: string): Promise<void> {
    await this.evaluate(`document.querySelector('#search').value = ''`);
    await this.page.type('#search', ` ${words}`);
  }

  /** Evaluates an expression in the page. */
  async evaluate<T>(expression: string): Promise<T> {
    return (await this.page.evaluate(expression)) as T;
  }

  /** Waits until a condition, which runs in the page, is true. */
  async until(what: string, condition: string): Promise<void> {
    await this.page.waitForFunction(condition, { timeout: 15_000 }).catch((error: unknown) => {
      throw new Error(`The page did not get so far that ${what}.`, { cause: error });
    });
  }

  async close(): Promise<void> {
    await this.context.close();
  }

  private hear(message: ConsoleMessage): void {
    if (message.type() !== 'log' && message.type() !== 'debug') {
      this.complaints.push(`${message.type()}: ${message.text()}`);
    }
  }
}

/** A script that returns the focused element: its id, or its class, or its tag and text. */
export const FOCUS = `(({ id, className, tagName, textContent }) =>
  id || className || tagName + ' ' + textContent.trim())(document.activeElement)`;

/** A script that returns the elements beyond the right edge of the page, if it can be scrolled sideways. */
export const TOO_WIDE = `document.documentElement.scrollWidth <= document.documentElement.clientWidth ? [] :
  Array.from(document.querySelectorAll('body *'))
    .filter(element => element.getBoundingClientRect().right > document.documentElement.clientWidth)
    .map(element => element.tagName + '.' + element.className + ': ' + element.textContent)`;

/** A Chromium, and the applications and pages that the tests of a file open. */
export class StatusBrowser {
  private browser: Browser | undefined;
  private readonly started: StatusApp[] = [];
  private readonly opened: OpenedPage[] = [];

  async launch(): Promise<void> {
    this.browser = await startChromium();
  }

  readonly start = async (
    options: Partial<TsmonModuleOptions> = {},
    platform: HttpPlatform = 'express',
  ): Promise<StatusApp> => {
    const app = await startStatusApp(platform, options);
    this.started.push(app);
    return app;
  };

  readonly open = async (
    { url }: Pick<StatusApp, 'url'>,
    opening?: Opening,
  ): Promise<OpenedPage> => {
    const page = await OpenedPage.open(this.browser!, url, opening);
    this.opened.push(page);
    return page;
  };

  /** Closes applications and pages. Call it after each test. */
  async endTest(): Promise<void> {
    await Promise.all(this.opened.splice(0).map(page => page.close()));
    await Promise.all(this.started.splice(0).map(({ app }) => app.close()));
  }

  async close(): Promise<void> {
    await this.browser?.close();
  }
}
