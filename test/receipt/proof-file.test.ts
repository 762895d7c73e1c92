import { formatConsistency, formatInclusion, parseConsistency, parseInclusion } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import { describe, expect, test } from 'vitest';
import { right } from './fixture.ts';

const HASH = 'PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=';
const NOTE = `example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n`;

describe('inclusion files', () => {
  const text = `c2sp.org/tlog-proof@v1\nindex 73894\n${HASH}\n${HASH}\n\n${NOTE}`;
  test('read and write back', () => {
    const file = right(parseInclusion(text));
    expect(file.index).toBe(73_894);
    expect(file.proof).toHaveLength(2);
    expect(file.note).toBe(NOTE);
    expect(formatInclusion(file)).toBe(text);
  });

  test('a tree of one receipt needs no hashes', () => {
    expect(right(parseInclusion(`c2sp.org/tlog-proof@v1\nindex 0\n\n${NOTE}`)).proof).toEqual([]);
  });

  test.for([
    { note: 'another version', text: text.replace('@v1', '@v2') },
    { note: 'extra data, which nothing vouches for', text: text.replace('index', `extra ${HASH}\nindex`) },
    { note: 'no index', text: text.replace('index 73894\n', '') },
    { note: 'leading zero', text: text.replace('73894', '073894') },
    { note: 'index 2^64 - 1', text: text.replace('73894', '18446744073709551615') },
    { note: 'a hash of 31 bytes', text: text.replace(HASH, Buffer.alloc(31).toString('base64')) },
    { note: '64 hashes', text: `c2sp.org/tlog-proof@v1\nindex 1\n${`${HASH}\n`.repeat(64)}\n${NOTE}` },
    { note: 'no blank line', text: text.replaceAll('\n\n', '\n') },
    { note: 'trailing space', text: text.replace('index 73894', 'index 73894 ') },
    { note: 'nothing', text: '' },
  ])('refused: $note', ({ text: t }) => {
    expect(E.isLeft(parseInclusion(t))).toBe(true);
  });
});

describe('consistency files', () => {
  const text = `old 20852014\n${HASH}\n${HASH}\n\n${NOTE}`;
  test('read and write back', () => {
    const file = right(parseConsistency(text));
    expect(file.oldSize).toBe(20_852_014);
    expect(formatConsistency(file)).toBe(text);
  });

  test.for([
    { note: 'no old size', text: text.replace('old ', '') },
    { note: 'leading zero', text: text.replace('old 2', 'old 02') },
    { note: 'hashes after old 0', text: text.replace('20852014', '0') },
    { note: '64 hashes', text: `old 1\n${`${HASH}\n`.repeat(64)}\n${NOTE}` },
    { note: 'nothing', text: '' },
  ])('refused: $note', ({ text: t }) => {
    expect(E.isLeft(parseConsistency(t))).toBe(true);
  });
});
