/** A model whose answers are written down: what it does next depends on the text of the last tool result, and on nothing else. */
import { MockLanguageModelV4 } from 'ai/test';

type Generate = Extract<
  NonNullable<ConstructorParameters<typeof MockLanguageModelV4>[0]>['doGenerate'],
  (...given: never[]) => unknown
>;
type Generated = Awaited<ReturnType<Generate>>;
type Prompt = Parameters<Generate>[0]['prompt'];

const ROLLBACK = { name: 'rollback_orchestrator', input: { resource: 'service/checkout' } };
const usage: Generated['usage'] = {
  inputTokens: { total: 0, noCache: 0, cacheRead: 0, cacheWrite: 0 },
  outputTokens: { total: 0, text: 0, reasoning: 0 },
};
let calls = 0;
const call = ({ name, input }: { readonly name: string; readonly input: object }): Generated => {
  calls += 1;
  return {
    content: [{ type: 'tool-call', toolCallId: `call-${calls}`, toolName: name, input: JSON.stringify(input) }],
    finishReason: { unified: 'tool-calls', raw: undefined },
    usage,
    warnings: [],
  };
};
const say = (text: string): Generated => ({
  content: [{ type: 'text', text }],
  finishReason: { unified: 'stop', raw: undefined },
  usage,
  warnings: [],
});

/** What the last tool answered, as the model reads it. */
const lastText = (prompt: Prompt): string | undefined => {
  const last = prompt.at(-1);
  if (last?.role !== 'tool') return undefined;
  const texts: string[] = [];
  const collect = (x: unknown): void => {
    if (typeof x === 'string') texts.push(x);
    else if (typeof x === 'object' && x !== null) for (const value of Object.values(x)) collect(value);
  };
  for (const part of last.content) if (part.type === 'tool-result') collect(part.output);
  return texts.find((text) => text.includes('\n') || text.startsWith('told'));
};

/** What waits for a person, by the text of the refusal; remembered, as the text stays in a model's context. */
let waitsAt = 0;

const next = (text: string | undefined): Generated => {
  if (text === undefined) return call(ROLLBACK);
  if (text.startsWith('told')) return call({ name: 'check_request', input: { receipt: waitsAt } });
  if (/^RELEASED/m.test(text)) return call(ROLLBACK);
  if (/^WAITING/m.test(text)) return say(`It waits for a person: receipt ${waitsAt}. I will look again later.`);
  const denied = /^.*A person denied this\. Give up (.+?) altogether/m.exec(text);
  if (denied !== null) return say(`A person denied ${denied[1]}. I give it up.`);
  if (/^APPROVED .*: done and verified\.$/m.test(text))
    return say(`Done. ${text.split('\n').find((line) => line.startsWith('Receipt')) ?? ''}`);
  const steps = [...text.matchAll(/^ {3}Next lawful step \(authority\): (.+)\.$/gm)].map(([, step = '']) => step);
  const receipt = / call check_request with receipt (\d+)/.exec(text)?.[1];
  if (steps.length === 0 || receipt === undefined) return say(`I cannot go on:\n${text}`);
  waitsAt = Number(receipt);
  return call({ name: 'tell_people', input: { steps } });
};

/** The model. */
export const scriptedModel = (): MockLanguageModelV4 =>
  new MockLanguageModelV4({ doGenerate: async ({ prompt }) => next(lastText(prompt)) });
