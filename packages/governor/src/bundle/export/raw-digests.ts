/** Which raw inputs the evidence of a receipt refers to. */
import { isDigestText, isPlainObject, type Json, parseDisclosure } from '@tai-autonomics/core/receipt';
import { either as E } from 'fp-ts';
import { nodeTextCodec } from '../../node/text-codec.ts';
import type { StoredDisclosure } from '../../ports.ts';

/** The digests that an `evidence/…` disclosure says its entries were detected from; none for any other disclosure. */
export const rawDigestsOf = (disclosure: StoredDisclosure): readonly string[] => {
  if (!disclosure.name.startsWith('evidence/')) return [];
  const read = parseDisclosure(disclosure.text, nodeTextCodec);
  if (E.isLeft(read) || !Array.isArray(read.right.value)) return [];
  return (read.right.value as readonly Json[])
    .map((entry) => memberOf(memberOf(entry, 'ref'), 'digest'))
    .filter(isDigestText);
};

const memberOf = (json: unknown, name: string): unknown =>
  isPlainObject(json) && Object.hasOwn(json, name) ? json[name] : undefined;
