/** The page of an approver: what waits, each request as a whole, and the answer to it. It writes text alone, never markup. */
import { canKeepKeys, canUsePasskeys, createKeptKey, createPasskey, digest, signerOf } from './keys.js';
import { approvalBytes, approverKeyBytes, encodeBase64url } from './statement.js';

/** @typedef {import('./keys.js').Signer} Signer */
/** @typedef {{ readonly action: string, readonly resource: string, readonly arguments: Readonly<Record<string, unknown>> }} Submission */
/**
 * @typedef {object} Pending
 * @property {number} receipt
 * @property {string} leaf
 * @property {string} at
 * @property {{ readonly type: string, readonly id: string, readonly ref: string }} requester
 * @property {string} action
 * @property {string} means
 * @property {Readonly<Record<string, unknown>>} arguments
 * @property {string} resource
 * @property {readonly { readonly step: string, readonly with: Readonly<Record<string, unknown>> }[]} plan
 * @property {string} catalog
 * @property {readonly string[]} codes
 * @property {readonly Submission[]} submit
 */
/** @typedef {{ readonly pending: readonly Pending[], readonly ledger: string, readonly approver: string, readonly key?: string, readonly signed: boolean, readonly next?: number }} Listed */

const OPEN_SO = 'open the page over https or as http://localhost.';
const MINUTE_MS = 60_000;
const LIMIT = 10;
const PERIODS = /** @type {const} */ ([
  [15, '15 minutes'],
  [60, '1 hour'],
  [240, '4 hours'],
  [1439, '1 day'],
]);
const WHY = /** @type {const} */ ([
  ['not_needed', 'It isn’t needed'],
  ['not_now', 'Not now'],
  ['too_risky', 'It is too risky'],
  ['wrong_target', 'It is the wrong target'],
  ['needs_change', 'It needs a change'],
]);
/** Characters that show nothing, or that turn the order of what stands around them. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Cs}\p{Zl}\p{Zp}]/u;
const SENTENCES = new Map([
  ['approver_is_requester', 'You, or an account of yours, asked for it: somebody else has to approve it.'],
  ['approval_unsigned', 'The approval is not signed with the key that you registered.'],
  ['approval_denied', 'Another approver has denied it. It can be approved again a day later.'],
  ['already_approved', 'You have approved it already. It waits for another approver.'],
  ['refusal_unknown', 'It doesn’t wait any more: it was answered, or has been asked again. Look again.'],
  ['insufficient_privilege', 'You are no approver of this tenant.'],
  ['approver_key_registered', 'You have registered a key already. An owner can end it.'],
]);

let listed = /** @type {Listed | undefined} */ (undefined);
let who = '';

/** @param {string} id */
const byId = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Readonly<Record<string, string>>} attributes
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
const el = (tag, attributes = {}, ...children) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
};

/** @param {string} label @param {string} kind @param {() => unknown} press */
const button = (label, kind, press) => {
  const made = el('button', { type: 'button', class: kind }, label);
  made.addEventListener('click', () => void busy(press, made));
  return made;
};

/** A text as somebody else wrote it: what would be hidden is shown by its number, and its order stays its own. @param {string} text */
const plainly = (text) =>
  el(
    'bdi',
    {},
    ...[...text].map((one) =>
      HIDDEN.test(one) && one !== '\n'
        ? el(
            'span',
            { class: 'hidden-character' },
            `U+${(one.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`,
          )
        : one,
    ),
  );

/** @param {unknown} value */
const shownValue = (value) => el('span', { class: 'value' }, plainly(JSON.stringify(value, undefined, 2)));

/** @param {Readonly<Record<string, unknown>>} values */
const table = (values) =>
  el(
    'dl',
    {},
    ...Object.entries(values).flatMap(([name, value]) => [
      el('dt', {}, plainly(name)),
      el('dd', {}, shownValue(value)),
    ]),
  );

/** @param {string} text @param {'good' | 'bad' | ''} [kind] */
const say = (text, kind = '') => {
  const status = byId('status');
  status.textContent = text;
  status.className = kind;
  status.hidden = text === '';
};

/** One thing at a time; a fault is told. @param {() => unknown} run @param {HTMLButtonElement} [pressed] */
const busy = async (run, pressed) => {
  if (pressed !== undefined) pressed.disabled = true;
  try {
    await run();
  } catch (error) {
    const isEnded = error instanceof DOMException && error.name === 'NotAllowedError';
    say(isEnded ? 'Nothing was signed: the prompt was closed, or took too long.' : String(error), 'bad');
  } finally {
    if (pressed !== undefined) pressed.disabled = false;
  }
};

/** @param {string} path @param {unknown} [body] @param {Readonly<Record<string, string>>} [headers] */
const ask = async (path, body, headers = {}) => {
  const response = await fetch(`/approvals/${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    credentials: 'same-origin',
    headers: {
      'tai-approvals': '1',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const answer = await response.json().catch(() => ({}));
  return { ok: response.ok, status: response.status, answer };
};

/** Submits an intent; undefined where it was not approved, after saying why. @param {Submission & { readonly id?: string }} intent */
const submit = async (intent) => {
  const { ok, status, answer } = await ask('intents', intent);
  if (status === 401) {
    say(`Your session has ended, or this browser keeps none here: ${OPEN_SO}`, 'bad');
    return void signedOut();
  }
  if (!ok) return void say(`Not decided: ${answer.detail ?? answer.title ?? status}. You can try again.`, 'bad');
  if (answer.verdict === 'approve') return answer;
  const codes = answer.reasons.map((/** @type {{ code: string }} */ { code }) => code);
  say(`Refused: ${codes.map((/** @type {string} */ code) => SENTENCES.get(code) ?? code).join(' ')}`, 'bad');
  return undefined;
};

const signedOut = () => {
  for (const id of ['list', 'signing', 'leave']) byId(id).hidden = true;
  byId('who').textContent = '';
  // A key would go over the network unsealed, and the browser would keep no session.
  byId('enter').hidden = !isSecureContext;
  if (isSecureContext) byId('key').focus();
  else say(`The connection is not secure, so nobody can sign in here: ${OPEN_SO}`, 'bad');
};

/** @param {number} [before] */
const look = async (before = 0) => {
  const answer = await submit({ action: 'pending_approvals', resource: '*', arguments: { before, limit: LIMIT } });
  if (answer === undefined) return;
  if (answer.outcome?.status !== 'success') return say('The list could not be read. Try again.', 'bad');
  const page = /** @type {Listed} */ (answer.outcome.result);
  listed = page;
  const cards = byId('cards');
  if (before === 0) cards.replaceChildren();
  cards.append(...page.pending.map((one) => card(page, one)));
  if (cards.childElementCount === 0) cards.append(el('p', { class: 'soft' }, 'Nothing waits for an approval.'));
  byId('list').hidden = false;
  byId('older').hidden = page.next === undefined;
  await showSigning(page);
};

/** @param {Listed} page */
const showSigning = async (page) => {
  const body = byId('signing-body');
  byId('signing').hidden = false;
  if (page.key !== undefined) {
    const isHere = (await signerOf(page.key)) !== undefined;
    const says = isHere
      ? 'You sign each approval with your own key. Nobody else can make that signature.'
      : `Your key belongs to another browser or page. Approve there, or with tai approvals approve --key.`;
    return body.replaceChildren(el('p', {}, says), el('p', { class: 'soft' }, 'Key: ', el('code', {}, page.key)));
  }
  const says = page.signed
    ? 'This tenant counts signed approvals alone. Register a key of your own first.'
    : 'Your approvals aren’t signed yet: they rest on the word of who runs this server. Register a key of your own to sign them.';
  const choices = el('div', { class: 'actions' });
  if (canUsePasskeys())
    choices.append(button('Register a passkey', 'main', () => register(page, () => createPasskey(page.approver, who))));
  if (await canKeepKeys())
    choices.append(button('Make a key in this browser', '', () => register(page, createKeptKey)));
  const none = el('p', { class: 'soft' }, 'Open this page over https, or as http://localhost, to use a passkey.');
  return body.replaceChildren(el('p', {}, says), choices, ...(canUsePasskeys() ? [] : [none]));
};

/** @param {Listed} page @param {() => Promise<Signer>} make */
const register = async ({ ledger, approver }, make) => {
  const { key, sign } = await make();
  say('Sign once more, to show that the key is yours.');
  const signature = await sign(approverKeyBytes(ledger, approver, key));
  const done = await submit({ action: 'register_approver_key', resource: '*', arguments: { key, signature } });
  if (done === undefined) return;
  // The list is drawn anew first: what a person opens once it is said stays open.
  await look();
  say('Your key is registered. From now on you sign each approval.', 'good');
};

/** What is signed is what is shown: this object, and nothing beside it. @param {Pending} one */
const shownOf = ({ receipt, leaf, requester, action, arguments: args, resource, plan, catalog }) => ({
  receipt,
  leaf,
  requester,
  action,
  arguments: args,
  resource,
  plan,
  catalog,
});

/** @param {Listed} page @param {Pending} one */
const card = (page, one) => {
  const { requester, plan } = one;
  const title = el('h3', {}, plainly(one.action), ' about ', plainly(one.resource));
  const panel = el('div');
  const approve = button('Approve …', 'main', () => panel.replaceChildren(approvePanel(page, one, panel)));
  const deny = button('Deny …', 'stop', () => panel.replaceChildren(denyPanel(one, panel)));
  const steps = plan.map((step) =>
    el('li', {}, plainly(step.step), ...(Object.keys(step.with).length === 0 ? [] : [table(step.with)])),
  );
  const made = el(
    'article',
    { class: 'card', 'data-receipt': String(one.receipt) },
    title,
    el('p', { class: 'means' }, one.means),
    el('p', {}, ...one.codes.map((code) => el('span', { class: 'chip' }, code))),
    el(
      'dl',
      {},
      el('dt', {}, 'Asked by'),
      el('dd', {}, `${requester.type} `, plainly(requester.id)),
      el('dt', {}, 'Refused at'),
      el('dd', {}, el('time', { datetime: one.at }, `${new Date(one.at).toLocaleString()} (${one.at})`)),
      el('dt', {}, 'Arguments'),
      el(
        'dd',
        {},
        Object.keys(one.arguments).length === 0 ? el('span', { class: 'soft' }, 'none') : table(one.arguments),
      ),
      el('dt', {}, 'What would run'),
      el(
        'dd',
        {},
        steps.length === 0
          ? el('span', { class: 'soft' }, 'nothing outside: its entry in the ledger')
          : el('ol', {}, ...steps),
      ),
    ),
    el(
      'details',
      {},
      el('summary', {}, 'What an approval is bound to'),
      el(
        'dl',
        {},
        ...[
          ['Ledger', page.ledger],
          ['Receipt', String(one.receipt)],
          ['Leaf hash', one.leaf],
          ['Requester', requester.ref],
          ['Catalog', one.catalog],
          ['Approver', page.approver],
        ].flatMap(([name = '', value = '']) => [el('dt', {}, name), el('dd', {}, el('code', {}, value))]),
      ),
    ),
    el('div', { class: 'actions' }, approve, deny),
    panel,
  );
  return made;
};

/** @param {HTMLElement} panel */
const cancel = (panel) => button('Cancel', 'quiet', () => panel.replaceChildren());

/** @param {string} label @param {readonly (readonly [string, string])[]} choices */
const choice = (label, choices) => {
  const select = el('select', {}, ...choices.map(([value, text]) => el('option', { value }, text)));
  return { select, label: el('label', {}, label, select) };
};

/** @param {Listed} page @param {Pending} one @param {HTMLElement} panel */
const approvePanel = (page, one, panel) => {
  const period = choice(
    'It counts for',
    PERIODS.map(([minutes, text]) => [String(minutes), text]),
  );
  period.select.value = '60';
  const by = choice(
    'As which approval',
    one.submit.map(({ action }) => [action, action]),
  );
  const go = button(page.key === undefined ? 'Approve without a signature' : 'Sign and approve', 'main', () =>
    approveIt(page, one, by.select.value, Number(period.select.value)),
  );
  const made = el(
    'div',
    { class: 'panel' },
    el('p', {}, 'You approve exactly what is shown above, once, for this requester alone.'),
    period.label,
    ...(one.submit.length > 1 ? [by.label] : []),
    el('div', { class: 'actions' }, go, cancel(panel)),
  );
  queueMicrotask(() => period.select.focus());
  return made;
};

/** @param {Listed} page @param {Pending} one @param {string} by @param {number} minutes */
const approveIt = async (page, one, by, minutes) => {
  const submission = one.submit.find(({ action }) => action === by);
  if (submission === undefined) return say('Nothing approves it any more. Look again.', 'bad');
  const expiresAt = new Date(Date.now() + minutes * MINUTE_MS).toISOString();
  const signed = page.key === undefined ? {} : await signature(page, page.key, one, by, expiresAt);
  if (signed === undefined) return undefined;
  const given = { ...submission.arguments, expires_at: expiresAt, ...signed };
  const done = await submit({ action: submission.action, resource: submission.resource, arguments: given });
  if (done === undefined) return undefined;
  await look();
  return say(
    `Approved until ${new Date(expiresAt).toLocaleString()}: ${one.action} about ${one.resource}. The requester can ask again now.`,
    'good',
  );
};

/** @param {Listed} page @param {string} key @param {Pending} one @param {string} by @param {string} expiresAt */
const signature = async ({ ledger, approver }, key, one, by, expiresAt) => {
  const signer = await signerOf(key);
  if (signer === undefined) return void say('Your key belongs to another browser or page. Approve there.', 'bad');
  const nonce = `n${encodeBase64url(crypto.getRandomValues(new Uint8Array(16)))}`;
  const statement = approvalBytes({ ledger, approver, by, shown: shownOf(one), nonce, expiresAt });
  say(`You sign the digest ${encodeBase64url(await digest(statement))}.`);
  return { nonce, signature: await signer.sign(statement) };
};

/** @param {Pending} one @param {HTMLElement} panel */
const denyPanel = (one, panel) => {
  const why = choice('Why', WHY);
  const finding = el('textarea', { rows: '2', maxlength: '200', required: '' });
  const go = button('Deny for a day', 'stop', async () => {
    if (finding.value.trim() === '') return finding.focus();
    const { receipt, leaf, resource } = one;
    const given = { receipt, leaf, why: why.select.value, finding: finding.value };
    if ((await submit({ action: 'deny_action', resource, arguments: given })) === undefined) return undefined;
    await look();
    return say(`Denied: ${one.action} about ${one.resource}.`, 'good');
  });
  const made = el(
    'div',
    { class: 'panel' },
    why.label,
    el('label', {}, 'What you found (the requester doesn’t see it)', finding),
    el('div', { class: 'actions' }, go, cancel(panel)),
  );
  queueMicrotask(() => why.select.focus());
  return made;
};

/** @param {{ readonly tenant: string, readonly subject: { readonly id: string }, readonly notice?: string }} session */
const signedIn = async ({ tenant, subject, notice }) => {
  who = subject.id;
  byId('who').replaceChildren(
    plainly(subject.id),
    ' for ',
    plainly(tenant),
    ...(notice === undefined ? [] : [` · ${notice}`]),
  );
  byId('enter').hidden = true;
  byId('leave').hidden = false;
  await look();
};

byId('enter').addEventListener('submit', (event) => {
  event.preventDefault();
  void busy(async () => {
    const input = /** @type {HTMLInputElement} */ (byId('key'));
    const { ok, answer } = await ask('session', {}, { authorization: `Bearer ${input.value.trim()}` });
    input.value = '';
    if (!ok) return say(answer.detail ?? 'The key was not taken.', 'bad');
    say('');
    return signedIn(answer);
  });
});
byId('leave').addEventListener('click', () => {
  void busy(async () => {
    await ask('session/end', {});
    say('You are signed out.');
    byId('cards').replaceChildren();
    signedOut();
  });
});
byId('refresh').addEventListener('click', () => void busy(() => look()));
byId('older').addEventListener('click', () => void busy(() => look(listed?.next ?? 0)));
document.addEventListener('keydown', ({ key }) => {
  if (key === 'Escape') for (const panel of document.querySelectorAll('.panel')) panel.remove();
});

await busy(async () => {
  const { ok, answer } = await ask('session');
  if (ok) await signedIn(answer);
  else signedOut();
});
