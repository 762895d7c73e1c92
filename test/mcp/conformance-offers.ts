/** What the official suite asks for and the product does not have by design: added through the door's extension point for hosts. */
import { type ElicitRequestFormParams, inputRequired } from '@modelcontextprotocol/server';
import type { ApprovedRead, HostAnswer, HostOffers } from '@tai-autonomics/adapter-mcp';

type Content = Exclude<Awaited<ReturnType<HostAnswer['answer']>>, { readonly resultType: string }>;
type Asking = Parameters<ApprovedRead['exchange']['ask']>[0];

const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==';
const WAV = 'UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAAB9AAACABAAZGF0YQIAAAA=';

const text = (said: string): Content[number] => ({ type: 'text', text: said });
const image = { type: 'image', data: PNG, mimeType: 'image/png' } as const;
const content = (...blocks: Content): HostAnswer => ({ answer: async () => blocks });
const embedded = (uri: string, mimeType: string, said: string): Content[number] => ({
  type: 'resource',
  resource: { uri, mimeType, text: said },
});

type Properties = ElicitRequestFormParams['requestedSchema']['properties'];
const form = (message: string, properties: Properties, required: string[] = []) =>
  inputRequired.elicit({ message, requestedSchema: { type: 'object', properties, required } });
const sampling = (said: string) =>
  inputRequired.createMessage({ messages: [{ role: 'user', content: { type: 'text', text: said } }], maxTokens: 100 });

/** Asks for all of these, and answers once every one of them was accepted. */
const asking = (requests: Asking, accept: (responses: Readonly<Record<string, unknown>>) => boolean = () => true) => ({
  answer: async ({ exchange }: ApprovedRead) => {
    const { responses } = exchange;
    const isAnswered = Object.keys(requests).every((name) => Object.hasOwn(responses, name));
    return isAnswered && accept(responses)
      ? [text(`answered: ${JSON.stringify(responses)}`)]
      : exchange.ask(requests, 'asked');
  },
});
const NAME = { name: { type: 'string' } } as const;

/** An accepted form has a text under this name. */
const hasText =
  (key: string, member: string) =>
  (responses: Readonly<Record<string, unknown>>): boolean => {
    const { content: given = {} } = responses[key] as { readonly content?: Readonly<Record<string, unknown>> };
    return typeof given[member] === 'string';
  };

const STEPS = [0, 50, 100] as const;

/** What triggers a change of the lists. */
export type Change = () => Promise<void>;

/** How the suite's tools are answered. */
const answers = (change: Change): Readonly<Record<string, HostAnswer>> => ({
  test_simple_text: content(text('This is a simple text response for testing.')),
  test_image_content: content(image),
  test_audio_content: content({ type: 'audio', data: WAV, mimeType: 'audio/wav' }),
  test_embedded_resource: content(embedded('test://embedded-resource', 'text/plain', 'This is an embedded resource.')),
  test_multiple_content_types: content(
    text('Multiple content types test:'),
    image,
    embedded('test://mixed-content-resource', 'application/json', JSON.stringify({ test: 'data', value: 123 })),
  ),
  test_tool_with_logging: {
    answer: async ({ exchange }) => {
      for (const said of ['Tool execution started', 'Tool processing data', 'Tool execution completed'])
        await exchange.log('info', said);
      return [text('logged')];
    },
  },
  test_logging_tool: {
    answer: async ({ exchange }) => {
      await exchange.log('info', 'logged');
      return [text('logged')];
    },
  },
  test_tool_with_progress: {
    answer: async ({ exchange }) => {
      for (const step of STEPS) await exchange.progress(step, 100, `Completed step ${step} of 100`);
      return [text('told')];
    },
  },
  test_sampling: {
    needs: { sampling: {} },
    ...asking({ sampled: sampling('Test prompt for sampling') }),
  },
  test_missing_capability: { needs: { sampling: {} }, answer: async () => [text('the client can sample')] },
  test_elicitation: {
    needs: { elicitation: {} },
    ...asking({ asked: form('Please say something', { username: { type: 'string' }, email: { type: 'string' } }) }),
  },
  test_streaming_elicitation: asking({ asked: form('Please confirm', { ok: { type: 'boolean' } }) }),
  test_elicitation_sep1034_defaults: asking({
    asked: form('Please review the defaults', {
      name: { type: 'string', default: 'John Doe' },
      age: { type: 'integer', default: 30 },
      score: { type: 'number', default: 95.5 },
      status: { type: 'string', enum: ['active', 'inactive', 'pending'], default: 'active' },
      verified: { type: 'boolean', default: true },
    }),
  }),
  test_elicitation_sep1330_enums: asking({
    asked: form('Please choose', {
      untitledSingle: { type: 'string', enum: ['option1', 'option2', 'option3'] },
      titledSingle: {
        type: 'string',
        oneOf: [
          { const: 'value1', title: 'First Option' },
          { const: 'value2', title: 'Second Option' },
          { const: 'value3', title: 'Third Option' },
        ],
      },
      legacyEnum: {
        type: 'string',
        enum: ['opt1', 'opt2', 'opt3'],
        enumNames: ['Option One', 'Option Two', 'Option Three'],
      },
      untitledMulti: { type: 'array', items: { type: 'string', enum: ['option1', 'option2', 'option3'] } },
      titledMulti: {
        type: 'array',
        items: {
          anyOf: [
            { const: 'value1', title: 'First Choice' },
            { const: 'value2', title: 'Second Choice' },
            { const: 'value3', title: 'Third Choice' },
          ],
        },
      },
    }),
  }),
  test_input_required_result_elicitation: asking(
    { user_name: form('What is your name?', NAME, ['name']) },
    hasText('user_name', 'name'),
  ),
  test_input_required_result_sampling: asking({ capital_question: sampling('What is the capital of France?') }),
  test_input_required_result_list_roots: asking({ client_roots: inputRequired.listRoots() }),
  test_input_required_result_request_state: {
    answer: async ({ exchange }) =>
      exchange.kept === 'confirming'
        ? [text('state-ok')]
        : exchange.ask({ confirm: form('Please confirm', { ok: { type: 'boolean' } }, ['ok']) }, 'confirming'),
  },
  test_input_required_result_tampered_state: asking({
    confirm: form('Please confirm', { ok: { type: 'boolean' } }, ['ok']),
  }),
  test_input_required_result_multiple_inputs: asking({
    user_name: form('What is your name?', NAME, ['name']),
    greeting: sampling('Generate a greeting'),
    client_roots: inputRequired.listRoots(),
  }),
  test_input_required_result_multi_round: {
    answer: async ({ exchange }) => {
      if (exchange.kept === 'step 2') return [text('done')];
      if (exchange.kept === 'step 1')
        return exchange.ask({ step2: form('Step 2: your favorite color?', { color: { type: 'string' } }) }, 'step 2');
      return exchange.ask({ step1: form('Step 1: your name?', NAME) }, 'step 1');
    },
  },
  test_input_required_result_capabilities: {
    answer: async ({ exchange }) => {
      const { elicitation, sampling: samples } = exchange.capabilities;
      const requests = {
        ...(elicitation === undefined ? {} : { asked: form('What is your name?', NAME) }),
        ...(samples === undefined ? {} : { sampled: sampling('Say something') }),
      };
      const isAnswered = Object.keys(requests).every((name) => Object.hasOwn(exchange.responses, name));
      return isAnswered ? [text('done')] : exchange.ask(requests, 'asked');
    },
  },
  test_trigger_tool_change: { answer: () => change().then(() => [text('changed')]) },
  test_trigger_prompt_change: { answer: () => change().then(() => [text('changed')]) },
  json_schema_2020_12_tool: {
    inputSchema: {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      type: 'object',
      $defs: {
        address: {
          $anchor: 'addressDef',
          type: 'object',
          properties: { street: { type: 'string' }, city: { type: 'string' } },
        },
      },
      properties: {
        name: { type: 'string' },
        address: { $ref: '#/$defs/address' },
        contactMethod: { type: 'string', enum: ['phone', 'email'] },
        phone: { type: 'string' },
        email: { type: 'string' },
      },
      allOf: [{ anyOf: [{ required: ['phone'] }, { required: ['email'] }] }],
      if: { properties: { contactMethod: { const: 'phone' } }, required: ['contactMethod'] },
      // biome-ignore lint/suspicious/noThenProperty: a member of JSON Schema.
      then: { required: ['phone'] },
      else: { required: ['email'] },
      additionalProperties: false,
    },
    answer: async () => [text('called')],
  },
});

/** The actions that the suite calls as tools of the same name. */
export const SUITE_TOOLS: readonly string[] = Object.keys(answers(async () => {}));

const seen = { visible: () => true };
const saying = (...messages: readonly Content[number][]) => ({
  messages: messages.map((block) => ({ role: 'user' as const, content: block })),
});

/** All that the suite asks for. `change` changes the lists of tools and prompts. */
export const suiteOffers = (change: Change): HostOffers => ({
  answers: answers(change),
  resources: [
    {
      ...seen,
      resource: { uri: 'test://static-text', name: 'static-text', mimeType: 'text/plain' },
      read: async () => [{ uri: 'test://static-text', mimeType: 'text/plain', text: 'A static text.' }],
    },
    {
      ...seen,
      resource: { uri: 'test://static-binary', name: 'static-binary', mimeType: 'image/png' },
      read: async () => [{ uri: 'test://static-binary', mimeType: 'image/png', blob: PNG }],
    },
    {
      ...seen,
      resource: { uri: 'test://watched-resource', name: 'watched-resource', mimeType: 'text/plain' },
      read: async () => [{ uri: 'test://watched-resource', mimeType: 'text/plain', text: 'watched' }],
      watch: () => () => {},
    },
  ],
  templates: [
    {
      ...seen,
      template: { uriTemplate: 'test://template/{id}/data', name: 'template', mimeType: 'application/json' },
      read: async (uri, { id }) => [
        {
          uri,
          mimeType: 'application/json',
          text: JSON.stringify({ id, templateTest: true, data: `Data for ID: ${id}` }),
        },
      ],
    },
  ],
  prompts: [
    {
      ...seen,
      prompt: { name: 'test_simple_prompt', description: 'A simple prompt' },
      write: async () => saying(text('This is a simple prompt for testing.')),
    },
    {
      ...seen,
      prompt: {
        name: 'test_prompt_with_arguments',
        description: 'A prompt with arguments',
        arguments: [
          { name: 'arg1', description: 'First test argument', required: true },
          { name: 'arg2', description: 'Second test argument', required: true },
        ],
      },
      values: { arg1: ['test1', 'test2'] },
      write: async ({ arg1, arg2 }) => saying(text(`Prompt with arguments: arg1='${arg1}', arg2='${arg2}'`)),
    },
    {
      ...seen,
      prompt: {
        name: 'test_prompt_with_embedded_resource',
        description: 'A prompt with a resource',
        arguments: [{ name: 'resourceUri', description: 'URI of the resource to embed', required: true }],
      },
      write: async ({ resourceUri = '' }) =>
        saying(embedded(resourceUri, 'text/plain', 'Embedded resource content.'), text('Please process it.')),
    },
    {
      ...seen,
      prompt: { name: 'test_prompt_with_image', description: 'A prompt with an image' },
      write: async () => saying(image, text('Please analyze the image above.')),
    },
    {
      ...seen,
      prompt: { name: 'test_input_required_result_prompt', description: 'A prompt that asks for input' },
      write: async (_given, _caller, exchange) =>
        Object.hasOwn(exchange.responses, 'user_context')
          ? saying(text(`with ${JSON.stringify(exchange.responses['user_context'])}`))
          : exchange.ask(
              { user_context: form('What context should the prompt use?', { context: { type: 'string' } }) },
              'asked',
            ),
    },
  ],
});
