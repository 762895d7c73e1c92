/** Names of tenants, subjects and resources: one spelling each, at core's own parser and at every door. */
import { readFileSync } from 'node:fs';
import { parseConfig } from '@tai-autonomics/cli';
import { compileCatalog, parseObservation } from '@tai-autonomics/core';
import { nameFault } from '@tai-autonomics/core/engine';
import { parseCredentials, resourceDirectory } from '@tai-autonomics/governor';
import { library } from '@tai-autonomics/packs';
import { either as E } from 'fp-ts';
import { describe, expect, test } from 'vitest';
import { type Dice, holds } from '../generators/dice.ts';

const catalog = E.getOrElseW(() => {
  throw new Error('the shipped catalog compiles');
})(compileCatalog(library));

const GOOD = [
  'café',
  'service/checkout',
  'Ann Lee',
  'кафе',
  'αβγ',
  '日本語',
  'a',
  '*',
  'naïve-01',
  'x:y.z',
  'Straße',
  'zażółć',
];

/** Ways to write a name so that a person sees the same one. Each changes a name, or leaves it as it is. */
const RESPELL: Readonly<Record<string, (name: string, d: Dice) => string>> = {
  decomposed: (name) => name.normalize('NFD'),
  padded: (name, d) => d.pick([` ${name}`, `${name} `, `${name}\u00a0`, `\u3000${name}`, `${name}\n`]),
  'two spaces': (name) => name.replace(' ', '  '),
  'a space that is none of ASCII': (name) => name.replace(' ', '\u00a0'),
  invisible: (name, d) => {
    const at = d.below(name.length + 1);
    const sign = d.pick([
      0x200b, 0x200c, 0x200d, 0xfeff, 0xad, 0x2060, 0x34f, 0xfe0f, 0x180e, 0xe0041, 0x2800, 0x1d159,
    ]);
    return name.slice(0, at) + String.fromCodePoint(sign) + name.slice(at);
  },
  'of another direction': (name, d) => d.pick(['\u202e', '\u200f', '\u2066', '\u061c']) + name,
  Cyrillic: (name, d) =>
    twin(name, d, { a: 'а', c: 'с', e: 'е', o: 'о', p: 'р', x: 'х', y: 'у', h: 'һ', i: 'і', A: 'А' }),
  Greek: (name, d) => twin(name, d, { a: 'α', o: 'ο', v: 'ν', i: 'ι', n: 'η', A: 'Α' }),
  'full width': (name, d) =>
    twin(
      name,
      d,
      Object.fromEntries([...'aceov/*-.:'].map((c) => [c, String.fromCodePoint(c.charCodeAt(0) + 0xfee0)])),
    ),
  'other dashes and strokes': (name, d) =>
    twin(name, d, { '-': d.pick(['‐', '‑', '–', '−']), '/': d.pick(['∕', '⁄']), ':': '∶', '*': '∗' }),
  'phonetic signs': (name, d) =>
    twin(name, d, { g: 'ɡ', c: 'ᴄ', o: 'ᴏ', u: 'ᴜ', v: 'ᴠ', w: 'ᴡ', z: 'ᴢ', s: 'ꜱ', l: 'ǀ' }),
  ligature: (name) => name.replace('fi', 'ﬁ').replace('ss', 'ß'.normalize('NFKD')),
};

/** One of the letters that have a twin, written as the twin; a name of one letter would be one of another alphabet, and lawful. */
const twin = (name: string, d: Dice, twins: Readonly<Record<string, string>>): string => {
  const places = [...name].flatMap((c, i) => (Object.hasOwn(twins, c) ? [i] : []));
  if (places.length === 0) return name;
  const at = d.pick(places);
  const twinned = [...name].map((c, i) => (i === at ? twins[c] : c)).join('');
  return /\p{Script=Latin}/u.test(twinned) ? twinned : name;
};

test.for(GOOD)('%s is a name', (name) => expect(nameFault(name)).toBeUndefined());

describe('a name that is written so that it looks the same is none, and its good spelling is told', () => {
  test.for(Object.keys(RESPELL))('%s', (way) => {
    let changed = 0;
    holds(200, (d) => {
      for (const name of GOOD) {
        const other = RESPELL[way]?.(name, d) ?? name;
        if (other === name) continue;
        changed += 1;
        expect(nameFault(other), JSON.stringify(other)).toContain(`write \`${name}\``);
      }
    });
    if (way !== 'ligature') expect(changed).toBeGreaterThan(0);
  });
});

test('a name of one alphabet is a name, whichever; a word of Latin’s twins among Latin words is none', () => {
  for (const name of ['сор', 'служба/чек', 'υγεία', 'Київ', 'service/чек', 'check-δ'])
    expect(nameFault(name), name).toBeUndefined();
  for (const name of ['service/сору', 'ехес/run'])
    expect(nameFault(name), name).toMatch(/write `(service\/copy|exec\/run)`/);
});

test('what is no text of 1 to 200 characters is no name', () => {
  for (const name of ['', 'x'.repeat(201), '\ud800', 'a\u0000b', undefined, null, 7, {}, '́a', 'a/́b'])
    expect(nameFault(name), JSON.stringify(name)).toBeDefined();
});

const { stopped, refused, others } = JSON.parse(
  readFileSync('test/vectors/field/resource-spelled-otherwise/names.json', 'utf8'),
) as { readonly stopped: string; readonly refused: readonly string[]; readonly others: readonly string[] };

test('what an Andon on one spelling would not stop is refused; what does not look the same is another name', () => {
  for (const name of [stopped, ...others]) expect(nameFault(name), name).toBeUndefined();
  for (const name of refused) expect(nameFault(name), JSON.stringify(name)).toBeDefined();
});

const BAD = ['cafe\u0301', 'café ', 'caf\u200bé', 'cаfé', '\u202ecafé'];

const observation = (parts: { subject?: object; resource?: object; about?: string; state?: object }) => ({
  at: '2026-11-21T08:00:00Z',
  mode: 'eval',
  intent: {
    subject: { type: 'user', id: 'ann', ...parts.subject },
    action: { id: 'health_check' },
    resource: { id: 'café', ...parts.resource },
  },
  ...(parts.about === undefined ? {} : { evidence: [{ fact: 'mode', about: parts.about, value: 1, source: 's' }] }),
  ...(parts.state === undefined ? {} : { state: parts.state }),
});

describe.for(BAD)('%j is refused', (bad) => {
  test('by core’s parser, wherever an observation names somebody or something', () => {
    for (const [place, json] of Object.entries({
      '$.intent.subject.id': observation({ subject: { id: bad } }),
      '$.intent.subject.ref': observation({ subject: { ref: bad } }),
      '$.intent.resource.id': observation({ resource: { id: bad } }),
      '$.intent.resource.ref': observation({ resource: { ref: bad } }),
      '$.evidence[0].about': observation({ about: bad }),
      [`$.state.andon.${bad}`]: observation({ state: { andon: { [bad]: 'critical' } } }),
      [`$.state.relations.${bad}`]: observation({ state: { relations: { [bad]: ['owner'] } } }),
    })) {
      const parsed = parseObservation(catalog, json);
      expect(E.isLeft(parsed) && parsed.left.map(({ found }) => found), place).toEqual([
        expect.stringContaining('write `café`'),
      ]);
    }
    expect(E.isRight(parseObservation(catalog, observation({ state: { andon: { café: 'critical' } } })))).toBe(true);
  });

  test('in a file of credentials, without a word of it', () => {
    const key = { keyId: '0123456789abcdef', hash: 'A'.repeat(43), scope: [] };
    const rows = [
      { ...key, tenant: bad, subject: { type: 'agent', id: 'bot' } },
      { ...key, tenant: 'acme', subject: { type: 'agent', id: bad } },
      { ...key, tenants: ['acme-*', bad], subject: { type: 'marketplace', id: 'shop' } },
      // What stands before a star may end in a space: other names begin so.
      {
        ...key,
        tenants: [`${bad.trim() === bad ? bad : bad.normalize('NFD')}*`],
        subject: { type: 'marketplace', id: 'shop' },
      },
    ];
    for (const row of rows) {
      const parsed = parseCredentials({ format: 'tai-autonomics/credentials@1', credentials: [row] });
      expect(E.isLeft(parsed) && parsed.left.map(({ expected }) => expected)).toEqual(['a name in its one spelling']);
      expect(JSON.stringify(parsed)).not.toContain('caf');
    }
  });

  test('in a configuration and in a directory of resources', () => {
    const config = { mode: 'eval', session: 's', domain: 'd' };
    for (const part of [
      { owners: { [bad]: 'ann' } },
      { owners: { acme: bad } },
      { selfHosted: [bad] },
      { repositories: { [bad]: { checkout: '.' } } },
      { repositories: { acme: { [bad]: '.' } } },
      { metrics: { acme: { [bad]: 'm.json' } } },
    ])
      expect(JSON.stringify(parseConfig({ ...config, ...part })), JSON.stringify(part)).toContain('write `café`');
    const one = { kind: 'service', environment: 'production' } as const;
    for (const tenants of [{ [bad]: {} }, { acme: { [bad]: one } }, { acme: { cafe: { ...one, aliases: [bad] } } }])
      expect(JSON.stringify(resourceDirectory(tenants))).toContain('write `café`');
  });
});
