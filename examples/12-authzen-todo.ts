/** AuthZEN interop, the todo application: viewers read, editors change what is their own, an admin deletes, an evil genius changes all. */
import { hasRole, openDecisionPoint } from './authzen.ts';

const owners: Readonly<Record<string, string>> = { 'todo-rick': 'rick', 'todo-morty': 'morty', 'todo-jerry': 'jerry' };
const isOwn = { fact: 'todo_owner', is: { fact: 'subject' } } as const;

const pdp = await openDecisionPoint({
  title: 'Todos',
  roles: {
    viewer: 'may read todos',
    editor: 'may write todos of one’s own',
    admin: 'may delete todos of others',
    evil_genius: 'may change todos of others',
  },
  // Whose a todo is, the application says. What a request claims in `properties` is not read.
  facts: {
    todo_owner: {
      means: 'whose todo it is',
      type: { type: 'string', form: 'subject' },
      origin: 'observed',
      sources: ['application'],
      maxAgeMs: 60_000,
    },
  },
  actions: {
    can_read_user: hasRole('viewer', 'editor', 'admin', 'evil_genius'),
    can_read_todos: hasRole('viewer', 'editor', 'admin', 'evil_genius'),
    can_create_todo: hasRole('editor', 'admin'),
    can_update_todo: { any: [hasRole('evil_genius'), { all: [hasRole('editor'), isOwn] }] },
    can_delete_todo: { any: [hasRole('admin'), { all: [hasRole('editor'), isOwn] }] },
  },
  users: {
    rick: ['admin', 'evil_genius'],
    morty: ['editor'],
    summer: ['editor'],
    beth: ['viewer'],
    jerry: ['viewer'],
  },
  resources: { 'todo-rick': 'todo', 'todo-morty': 'todo', 'todo-jerry': 'todo', beth: 'user' },
  seen: (resource, ref) => (owners[resource] === undefined ? {} : { todo_owner: ref(owners[resource]) }),
});

const questions = [
  ['can_read_user', 'user', 'beth'],
  ['can_read_todos', 'todo', 'todo-rick'],
  ['can_create_todo', 'todo', 'todo-morty'],
  ['can_update_todo', 'todo', 'todo-rick'],
  ['can_update_todo', 'todo', 'todo-morty'],
  ['can_delete_todo', 'todo', 'todo-rick'],
  ['can_delete_todo', 'todo', 'todo-morty'],
] as const;

// One request a user: the subject stands beside the list, and each question brings the rest.
for (const user of ['rick', 'morty', 'summer', 'beth', 'jerry']) {
  const evaluations = questions.map(([name, type, id]) => ({ action: { name }, resource: { type, id } }));
  const answer = await pdp.ask('evaluations', { subject: { type: 'user', id: user }, evaluations });
  const decisions = answer['evaluations'] as readonly { readonly decision: boolean }[];
  console.log(
    user.padEnd(7),
    decisions
      .map(({ decision }, n) => `${questions[n]?.[0]} ${questions[n]?.[2]} ${decision ? 'yes' : 'no'}`)
      .join(' · '),
  );
}

// A claim changes nothing: jerry says that the todo is his own, and that he is an admin.
const claimed = await pdp.ask('evaluation', {
  subject: { type: 'user', id: 'jerry', properties: { roles: ['admin'] } },
  action: { name: 'can_delete_todo' },
  resource: { type: 'todo', id: 'todo-rick', properties: { ownerID: 'jerry' } },
});
console.log('jerry claims to be an admin:', claimed['decision'] === true ? 'yes' : 'no');
await pdp.close();
