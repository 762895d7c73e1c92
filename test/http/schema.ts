/** As much of JSON Schema 2020-12 as the interface uses. A keyword that it does not know is an error, not a pass. */
type Schema = Readonly<Record<string, unknown>>;
type Members = Readonly<Record<string, unknown>>;

const isMembers = (x: unknown): x is Members => typeof x === 'object' && x !== null && !Array.isArray(x);

const isOfType = (type: unknown, x: unknown): boolean => {
  if (Array.isArray(type)) return type.some((one) => isOfType(one, x));
  if (type === 'object') return isMembers(x);
  if (type === 'array') return Array.isArray(x);
  if (type === 'integer') return Number.isInteger(x);
  return typeof x === type;
};

/** What is wrong with a value, one line each. */
export const faultsOf = (root: Members, schema: Schema, x: unknown, at = '$'): readonly string[] =>
  Object.entries(schema).flatMap(([keyword, rule]) => faultsOfKeyword(root, schema, keyword, rule, x, at));

const found = (root: Members, pointer: string): Schema =>
  pointer
    .slice(2)
    .split('/')
    .reduce<unknown>((node, step) => (node as Members)[step], root) as Schema;

const when = (isBad: boolean, fault: string): readonly string[] => (isBad ? [fault] : []);

const faultsOfKeyword = (
  root: Members,
  schema: Schema,
  keyword: string,
  rule: unknown,
  x: unknown,
  at: string,
): readonly string[] => {
  switch (keyword) {
    case 'description':
    case 'format':
    case 'title':
      return [];
    case '$ref':
      return faultsOf(root, found(root, String(rule)), x, at);
    case 'type':
      return when(!isOfType(rule, x), `${at}: not of type ${rule}`);
    case 'const':
      return when(x !== rule, `${at}: not ${rule}`);
    case 'enum':
      return when(!(rule as readonly unknown[]).includes(x), `${at}: not one of ${rule}`);
    case 'minimum':
      return when(typeof x === 'number' && x < Number(rule), `${at}: below ${rule}`);
    case 'minLength':
      return when(typeof x === 'string' && [...x].length < Number(rule), `${at}: shorter than ${rule}`);
    case 'maxLength':
      return when(typeof x === 'string' && [...x].length > Number(rule), `${at}: longer than ${rule}`);
    case 'pattern':
      return when(typeof x === 'string' && !new RegExp(String(rule), 'u').test(x), `${at}: not like ${rule}`);
    case 'uniqueItems':
      return when(
        Array.isArray(x) && new Set(x.map((item) => JSON.stringify(item))).size < x.length,
        `${at}: one twice`,
      );
    case 'minItems':
      return when(Array.isArray(x) && x.length < Number(rule), `${at}: fewer than ${rule}`);
    case 'items':
      return Array.isArray(x) ? x.flatMap((item, n) => faultsOf(root, rule as Schema, item, `${at}[${n}]`)) : [];
    case 'required':
      return isMembers(x)
        ? (rule as readonly string[]).flatMap((name) => when(!Object.hasOwn(x, name), `${at}: no ${name}`))
        : [];
    case 'properties':
      return isMembers(x)
        ? Object.entries(rule as Members).flatMap(([name, member]) =>
            Object.hasOwn(x, name) ? faultsOf(root, member as Schema, x[name], `${at}.${name}`) : [],
          )
        : [];
    case 'additionalProperties':
      return isMembers(x)
        ? Object.keys(x).flatMap((name) =>
            when(!Object.hasOwn(schema['properties'] as Members, name), `${at}: ${name}`),
          )
        : [];
    case 'anyOf':
      return when(
        !(rule as readonly Schema[]).some((one) => faultsOf(root, one, x, at).length === 0),
        `${at}: matches none`,
      );
    case 'oneOf': {
      const matches = (rule as readonly Schema[]).filter((one) => faultsOf(root, one, x, at).length === 0);
      return when(matches.length !== 1, `${at}: matches ${matches.length} of ${(rule as readonly Schema[]).length}`);
    }
    default:
      return [`${at}: keyword ${keyword} is not known`];
  }
};

/** Every keyword of every schema in a document, so that a misspelt one is found without a value. */
export const schemasIn = (document: unknown): readonly Schema[] => {
  if (Array.isArray(document)) return document.flatMap(schemasIn);
  if (!isMembers(document)) return [];
  const own = Object.entries(document).flatMap(([name, value]) =>
    name === 'schema' || name === 'items'
      ? [value as Schema]
      : name === 'schemas'
        ? Object.values(value as Members)
        : [],
  );
  return [...(own as readonly Schema[]), ...Object.values(document).flatMap(schemasIn)];
};
