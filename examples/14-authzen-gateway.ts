/** AuthZEN interop, an API gateway: each request of HTTP is a question about its route, before the application sees it. */
import { hasRole, openDecisionPoint } from './authzen.ts';

const pdp = await openDecisionPoint({
  title: 'Routes of the todo application',
  roles: { viewer: 'may read', editor: 'may write', admin: 'may do everything' },
  actions: {
    get: hasRole('viewer', 'editor', 'admin'),
    post: hasRole('editor', 'admin'),
    put: hasRole('editor', 'admin'),
    delete: hasRole('admin'),
  },
  users: { rick: ['admin'], morty: ['editor'], jerry: ['viewer'] },
  // A route has the form of the gateway's own configuration: what stands in braces is any part of a path.
  resources: { '/users/{userId}': 'route', '/todos': 'route', '/todos/{todoId}': 'route' },
});

/** What the gateway does with a request: 200 lets it through, 403 ends it. */
const gateway = async (user: string, method: string, route: string): Promise<string> => {
  const { decision, context } = await pdp.ask('evaluation', {
    subject: { type: 'user', id: user },
    // An action's name is snake_case here.
    action: { name: method.toLowerCase() },
    resource: { type: 'route', id: route },
    context: { ip: '192.0.2.1' },
  });
  const { reasons, error } = context as {
    readonly reasons?: readonly { readonly code: string }[];
    readonly error?: { readonly message: string };
  };
  const why = error?.message ?? reasons?.map(({ code }) => code).join(', ');
  return decision === true ? '200' : `403 ${why}`;
};

for (const user of ['rick', 'morty', 'jerry'])
  for (const [method, route] of [
    ['GET', '/todos'],
    ['POST', '/todos'],
    ['PUT', '/todos/{todoId}'],
    ['DELETE', '/todos/{todoId}'],
  ] as const)
    console.log(`${user}: ${method} ${route} → ${await gateway(user, method, route)}`);
// What nobody thought of is closed: a route that isn't there, a method that isn't, somebody whom nobody knows.
console.log(`rick: GET /admin → ${await gateway('rick', 'GET', '/admin')}`);
console.log(`rick: PATCH /todos → ${await gateway('rick', 'PATCH', '/todos')}`);
console.log(`nobody: GET /todos → ${await gateway('nobody', 'GET', '/todos')}`);
await pdp.close();
