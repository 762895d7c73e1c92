import express from 'express';

const gate = process.env['TAI_URL'] ?? 'http://127.0.0.1:8787';
const app = express();

app.post('/services/:name/restart', async (request, response) => {
  const answer = await fetch(`${gate}/v1/actions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${process.env['TAI_KEY']}`, 'content-type': 'application/json' },
    body: JSON.stringify({ action: 'restart_service', resource: request.params.name }),
  });
  const { verdict, reasons, outcome } = JSON.parse(await answer.text());
  response.status(verdict === 'approve' ? 200 : verdict === 'refuse' ? 409 : 502);
  response.json({ verdict, reasons, outcome });
});

app.listen(Number(process.env['PORT'] ?? 3000));
