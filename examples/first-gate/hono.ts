import { serve } from '@hono/node-server';
import { Hono } from 'hono';

const gate = process.env['TAI_URL'] ?? 'http://127.0.0.1:8787';
const app = new Hono();

app.post('/services/:name/restart', async (context) => {
  const answer = await fetch(`${gate}/v1/actions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${process.env['TAI_KEY']}`, 'content-type': 'application/json' },
    body: JSON.stringify({ action: 'restart_service', resource: context.req.param('name') }),
  });
  const { verdict, reasons, outcome } = JSON.parse(await answer.text());
  return context.json({ verdict, reasons, outcome }, verdict === 'approve' ? 200 : verdict === 'refuse' ? 409 : 502);
});

serve({ fetch: app.fetch, port: Number(process.env['PORT'] ?? 3000) });
