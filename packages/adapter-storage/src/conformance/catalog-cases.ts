/** What a catalog store promises. */
import assert from 'node:assert/strict';
import { type CatalogStore, catalogDigest } from '@tai-autonomics/governor';
import { either as E } from 'fp-ts';
import { left, right } from './fixture.ts';

/** One promise of the port, and a program that fails when it is broken. `open` answers a new, empty store at each call. */
export interface CatalogCase {
  readonly note: string;
  readonly run: (open: () => Promise<CatalogStore>) => Promise<void>;
}

const TEXT = '{"catalog":{"id":"a","version":"1.0.0"},"packs":[],"plans":{}}';
const OTHER = '{"catalog":{"id":"ä 😀","version":"1.0.0"},"packs":[],"plans":{}}';
const digestOf = (text: string): string => E.getOrElse(() => 'no digest')(catalogDigest(text));

export const catalogCases: readonly CatalogCase[] = [
  {
    note: 'what was never written is not there',
    run: async (open) => {
      const store = await open();
      for (const digest of [digestOf(TEXT), '', '../escape', 'A'.repeat(44)])
        assert.equal(right(await store.read(digest)), undefined);
    },
  },
  {
    note: 'what was written is read back, character for character, under the digest that was answered',
    run: async (open) => {
      const store = await open();
      for (const text of [TEXT, OTHER]) {
        const digest = right(await store.write(text));
        assert.equal(digest, digestOf(text));
        assert.equal(right(await store.read(digest)), text);
      }
      assert.equal(right(await store.read(digestOf(TEXT))), TEXT);
    },
  },
  {
    note: 'the same text again changes nothing, at once too',
    run: async (open) => {
      const store = await open();
      const digests = await Promise.all([TEXT, TEXT, TEXT].map(async (text) => right(await store.write(text))));
      assert.deepEqual(new Set([...digests, right(await store.write(TEXT))]), new Set([digestOf(TEXT)]));
      assert.equal(right(await store.read(digestOf(TEXT))), TEXT);
    },
  },
  {
    note: 'a text that is not canonical JSON is refused, and nothing is written',
    run: async (open) => {
      const store = await open();
      for (const text of ['', '{', `${TEXT} `, '{"b":1,"a":2}', '{"a":1.50}']) {
        const refused = left(await store.write(text));
        assert.equal(refused.fault, 'corrupt');
        assert.equal(refused.outcome, 'not_written');
      }
      assert.equal(right(await store.read(digestOf(TEXT))), undefined);
    },
  },
  {
    note: 'a draft is there for as long as it is new enough, apart from the catalogs, and is deleted once it is old',
    run: async (open) => {
      const store = await open();
      const { drafts } = store;
      if (drafts === undefined) return;
      const [first, then] = [1_700_000_000_000, 1_700_000_060_000];
      assert.equal(right(await drafts.write(TEXT, first)), digestOf(TEXT));
      right(await drafts.write(OTHER, first));
      assert.equal(right(await store.read(digestOf(TEXT))), undefined);
      assert.equal(right(await drafts.read(digestOf(TEXT), first)), TEXT);
      assert.equal(right(await drafts.read(digestOf(TEXT), then)), undefined);
      // Written again it is as new as that.
      right(await drafts.write(TEXT, then));
      assert.equal(right(await drafts.read(digestOf(TEXT), then)), TEXT);
      right(await store.write(OTHER));
      assert.equal(right(await drafts.remove(then)), 1);
      assert.equal(right(await drafts.read(digestOf(OTHER), 0)), undefined);
      assert.equal(right(await store.read(digestOf(OTHER))), OTHER);
      assert.equal(right(await drafts.read(digestOf(TEXT), then)), TEXT);
      for (const digest of ['', '../escape']) assert.equal(right(await drafts.read(digest, 0)), undefined);
      assert.equal(left(await drafts.write('{', then)).fault, 'corrupt');
    },
  },
];
