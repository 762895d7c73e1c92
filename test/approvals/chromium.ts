/** A real browser, where this machine has one, with an authenticator that Chromium plays. */
import { existsSync } from 'node:fs';

/** What these tests ask of playwright-core: its own types need a DOM, which no test has. */
export interface BrowserPage {
  goto(url: string): Promise<unknown>;
  click(selector: string): Promise<void>;
  fill(selector: string, text: string): Promise<void>;
  selectOption(selector: string, value: string): Promise<unknown>;
  textContent(selector: string): Promise<string | null>;
  waitForSelector(selector: string, options?: { readonly state: 'hidden' }): Promise<unknown>;
  evaluate<A>(script: string): Promise<A>;
  setViewportSize(size: { readonly width: number; readonly height: number }): Promise<void>;
  readonly keyboard: { press(key: string): Promise<void> };
  on(event: 'pageerror', told: (error: Error) => void): unknown;
}
interface Context {
  newPage(): Promise<BrowserPage>;
  newCDPSession(page: BrowserPage): Promise<{ send(method: string, parameters?: object): Promise<unknown> }>;
}
export interface Browser {
  newContext(options: { readonly viewport: { readonly width: number; readonly height: number } }): Promise<Context>;
  close(): Promise<void>;
}

const PATHS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
/** A name of this machine that browsers trust no more than any other’s. */
export const INSECURE_HOST = 'insecure.test';
/** By a name that the compiler doesn't follow into its types. */
const DRIVER: string = 'playwright-core';

/** Skips the test that asks, where there is no browser; this installs none. */
export const openBrowser = async ({ skip }: { readonly skip: (why: string) => never }): Promise<Browser> => {
  const executablePath = PATHS.find((path) => existsSync(path));
  if (executablePath === undefined) return skip('not on this machine: chromium');
  const { chromium } = (await import(DRIVER)) as {
    readonly chromium: { launch(options: object): Promise<Browser> };
  };
  return chromium.launch({
    executablePath,
    args: ['--no-sandbox', `--host-resolver-rules=MAP ${INSECURE_HOST} 127.0.0.1`],
  });
};

/** A page of its own, with an authenticator that has a person before it; `verified`: whom it can verify. */
export const openPage = async (browser: Browser, verified = true): Promise<BrowserPage> => {
  const context = await browser.newContext({ viewport: { width: 900, height: 1_000 } });
  const page = await context.newPage();
  const cdp = await context.newCDPSession(page);
  await cdp.send('WebAuthn.enable');
  await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: verified,
      automaticPresenceSimulation: true,
    },
  });
  return page;
};
