import fastify from 'fastify';

const gate = process.env['TAI_URL'] ?? 'http://127.0.0.1:8787';
const app = fastify();

app.post('/services/:name/restart', async (request, reply) => {
  const answer = await fetch(`${gate}/v1/actions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${process.env['TAI_KEY']}`, 'content-type': 'application/json' },
    body: JSON.stringify({ action: 'restart_service', resource: Object(request.params).name }),
  });
  const { verdict, reasons, outcome } = JSON.parse(await answer.text());
  reply.code(verdict === 'approve' ? 200 : verdict === 'refuse' ? 409 : 502);
  return { verdict, reasons, outcome };
});

await app.listen({ port: Number(process.env['PORT'] ?? 3000) });
