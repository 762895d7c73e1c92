/** `completion/complete`: values for arguments, from what the caller has in hand already. Nothing is looked up for it. */
import type { CompleteRequest, CompleteResult } from '@modelcontextprotocol/server';
import type { Refusals } from '../answer/refusals.ts';
import { type Reader, toolsOf } from '../recorded-read.ts';
import { promptsOf } from './prompts.ts';

/** The most values of an answer: the protocol's own bound. */
const VALUES_MAX = 100;

/** Completes an argument. What does not exist and what is hidden have no values, so nothing can be learned by trying. */
export const complete = async (
  reader: Reader,
  refusals: Refusals,
  { ref, argument }: CompleteRequest['params'],
): Promise<CompleteResult> => {
  const known = await valuesOf(reader, refusals, ref, argument.name);
  const values = [...new Set(known)].filter((value) => value.startsWith(argument.value));
  return {
    completion: { values: values.slice(0, VALUES_MAX), total: values.length, hasMore: values.length > VALUES_MAX },
  };
};

const valuesOf = async (
  reader: Reader,
  refusals: Refusals,
  ref: CompleteRequest['params']['ref'],
  argument: string,
): Promise<readonly string[]> => {
  const tools = await toolsOf(reader);
  const places = (): readonly string[] => refusals.recent().map(String);
  if (ref.type === 'ref/resource') {
    if (ref.uri === 'schema://{tool}' && argument === 'tool') return tools.map(({ tool }) => tool);
    return ref.uri === 'receipt://{seq}' && argument === 'seq' ? places() : [];
  }
  const found = promptsOf(reader, tools).find(({ prompt }) => prompt.name === ref.name);
  if (found === undefined) return [];
  if (ref.name === 'why_refused' && argument === 'receipt') return places();
  return Object.hasOwn(found.values, argument) ? (found.values[argument] ?? []) : [];
};
