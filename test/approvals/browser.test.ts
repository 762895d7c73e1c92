/** The page in a real browser: a person signs in, registers a key, sees what waits, and signs or denies it. */
import type { VerifyReport } from '@tai-autonomics/core/receipt';
import { describe, expect, test } from 'vitest';
import { codes, decided, eventsOf, ledgerOf, people, rollback, runningClock, TENANT } from '../governor/kit.ts';
import { sealedLedger, verify } from '../governor/verified.ts';
import { type Browser, type BrowserPage, INSECURE_HOST, openBrowser, openPage } from './chromium.ts';
import { listen, type Office, openOffice, secrets } from './office.ts';

const { agent, approver } = people();

interface Seen {
  readonly office: Office;
  readonly page: BrowserPage;
  readonly errors: readonly string[];
}

/** Does something in a browser before an office that listens. */
const inBrowser = async (
  context: { readonly skip: (why: string) => never },
  use: (seen: Seen) => Promise<void>,
  verified = true,
): Promise<void> => {
  const browser: Browser = await openBrowser(context);
  const office = await openOffice({ clock: runningClock() });
  const { url, close } = await listen(office.page);
  try {
    const page = await openPage(browser, verified);
    const errors: string[] = [];
    page.on('pageerror', ({ message }) => errors.push(message));
    await page.goto(`${url}/approvals`);
    await page.fill('#key', secrets.approver);
    await page.keyboard.press('Enter');
    await page.waitForSelector('article');
    await use({ office, page, errors });
    expect(errors).toEqual([]);
  } finally {
    await browser.close();
    await close();
  }
};

const registeredKey = async ({ setting }: Office): Promise<string> => {
  const entries = await ledgerOf(setting);
  const at = entries.find(({ receipt }) => receipt.event === 'approver_key_registered');
  const intent = at?.disclosed.get('request/intent') as { readonly signedBy: string };
  return intent.signedBy;
};

const audited = async ({ setting }: Office): Promise<VerifyReport> => {
  const sealed = await sealedLedger(setting);
  const ref = setting.governor.refOf(TENANT, approver.subject);
  return verify({ ...sealed, trust: `approver ${ref} ${await registeredKey({ setting } as Office)}\n${sealed.trust}` });
};

describe.each([
  { note: 'a passkey', press: 'text=Register a passkey', form: /^webauthn:es256:[\w-]{44}:http:\/\/localhost:\d+$/ },
  { note: 'a key that the browser keeps', press: 'text=Make a key in this browser', form: /^[\w-]{43}$/ },
])('with $note', ({ press, form }) => {
  test('an approver signs what it sees; the requester goes on, and an auditor takes no word of the issuer for it', async (context) =>
    inBrowser(context, async ({ office, page }) => {
      await page.click(press);
      await page.waitForSelector('#status.good');
      expect(await registeredKey(office)).toMatch(form);
      await page.click('text=Approve …');
      await page.click('text=Sign and approve');
      await page.waitForSelector('article', { state: 'hidden' });
      await page.waitForSelector('#status.good');
      expect(await page.textContent('#status')).toContain('trigger_rollback about payments');
      expect(codes(await office.setting.governor.submit(agent, rollback))).toEqual([]);
      const { overall, approvals } = await audited(office);
      expect({ overall, approvals }).toEqual({
        overall: 'verified',
        approvals: { trusted: 1, introduced: 0, unsigned: 0 },
      });
    }));
});

test('a person whom the authenticator cannot verify signs nothing', async (context) =>
  inBrowser(
    context,
    async ({ office, page }) => {
      await page.click('text=Register a passkey');
      await page.waitForSelector('#status.bad');
      expect(await eventsOf(office.setting)).not.toContain('approver_key_registered');
    },
    false,
  ));

test('an approver denies with a reason, by keyboard, and signs out', async (context) =>
  inBrowser(context, async ({ office, page }) => {
    await page.click('text=Deny …');
    await page.waitForSelector('.panel');
    await page.keyboard.press('Escape');
    await page.waitForSelector('.panel', { state: 'hidden' });
    await page.click('text=Deny …');
    await page.selectOption('.panel select', 'too_risky');
    await page.fill('.panel textarea', 'the new release is fine');
    await page.click('text=Deny for a day');
    await page.waitForSelector('article', { state: 'hidden' });
    expect(codes(await office.setting.governor.submit(agent, rollback))).toContain('approval_denied');
    await page.click('#leave');
    await page.waitForSelector('#enter');
    expect(await page.evaluate<string>('document.cookie')).toBe('');
  }));

test('where the browser keeps no session, or must not, the page says why, and how to open it', async (context) => {
  const browser = await openBrowser(context);
  const office = await openOffice({ clock: runningClock() });
  const { url, close } = await listen({
    ...office.page,
    fetch: async (request) => {
      const answer = await office.page.fetch(request);
      answer.headers.delete('set-cookie');
      return answer;
    },
  });
  try {
    const page = await openPage(browser);
    await page.goto(`${url}/approvals`);
    await page.fill('#key', secrets.approver);
    await page.keyboard.press('Enter');
    await page.waitForSelector('#status.bad');
    expect(await page.textContent('#status')).toContain('this browser keeps none here: open the page over https');
    await page.waitForSelector('#enter');
    await page.goto(`${url.replace('localhost', INSECURE_HOST)}/approvals`);
    await page.waitForSelector('#status.bad');
    expect(await page.textContent('#status')).toContain('The connection is not secure');
    await page.waitForSelector('#enter', { state: 'hidden' });
  } finally {
    await browser.close();
    await close();
  }
});

test('what others wrote is text, and what waits comes ten at a time, the newest first', async (context) =>
  inBrowser(context, async ({ office, page }) => {
    for (let n = 0; n < 10; n += 1)
      decided(await office.setting.governor.submit(agent, { ...rollback, resource: `service/${n}` }));
    decided(await office.setting.governor.submit(agent, { ...rollback, resource: 'service/<b>checkout</b>' }));
    await page.click('#refresh');
    await page.waitForSelector('#older:not([hidden])');
    const count = (): Promise<number> => page.evaluate<number>('document.querySelectorAll("article").length');
    expect(await count()).toBe(10);
    expect(await page.textContent('article h3')).toBe('trigger_rollback about service/<b>checkout</b>');
    expect(await page.evaluate<number>('document.querySelectorAll("main img, main b").length')).toBe(0);
    await page.click('#older');
    await page.waitForSelector('article:nth-of-type(12)');
    expect(await count()).toBe(12);
    await page.setViewportSize({ width: 320, height: 700 });
    expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(320);
  }));
