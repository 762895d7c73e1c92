/** What `diff` sees of an action beside its requirements. */
import { compileCatalog, diff } from '@tai-autonomics/core';
import { library } from '@tai-autonomics/packs';
import { either as E } from 'fp-ts';
import { expect, test } from 'vitest';

const compiled = (source: unknown) => {
  const catalog = compileCatalog(source);
  if (E.isLeft(catalog)) throw new Error(JSON.stringify(catalog.left));
  return catalog.right;
};

test('an action whose ill-typed arguments are refused with another code is another action', () => {
  const source = structuredClone(library) as unknown as {
    packs: { pack_id: string; actions: Record<string, { invalid?: string }> }[];
  };
  const platform = source.packs.find(({ pack_id }) => pack_id === 'platform');
  const action = platform?.actions['approve_action'];
  expect(action?.invalid).toBeDefined();
  const [before, same] = [compiled(library), compiled(source)];
  expect(diff(before, same).answer).toBe('alike');
  delete action?.invalid;
  expect(diff(before, compiled(source)).answer).toBe('different');
});
