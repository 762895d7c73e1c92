/** The sample that `tai init` writes: a pack that gates one restart of a real process, its cases, and what looks and acts. */

/** Every sample file, by its name. */
export const SAMPLE_FILES: Readonly<Record<string, string>> = {
  'restart.jsonc': `// One gate of your own: a service is restarted when it is down, and at most every five minutes.
// Check it with \`tai pack check restart.jsonc\`. Receipts name exactly this text by its digest.
{
  "pack_id": "restart",
  "version": "0.1.0",
  "description": "Restarts a service that is down.",
  "requires": [],
  "incompatible_with": [],
  "tools": [
    {
      "tool": "service_restart",
      "title": "Restart a service",
      "description": "Restarts a service that is down. Refused while it is up, and for five minutes after a restart.",
      "actions": ["restart_service"]
    }
  ],
  "facts": {
    // Stated by the observer in restart.mjs, afresh for each decision. If it says nothing, nothing is approved.
    "service_up": { "means": "the service answers", "type": { "type": "boolean" }, "origin": "observed", "sources": ["probe"], "maxAgeMs": 10000 },
    // Read from the ledger: what earlier outcomes left.
    "restarted_at": { "means": "when it was restarted last", "type": { "type": "instant" }, "origin": "ledger",
      "cell": "restarted_at", "key": [{ "fact": "resource_ref" }], "otherwise": "1970-01-01T00:00:00.000Z" }
  },
  "cells": {
    "restarted_at": { "means": "when a service was restarted last", "key": ["resource"], "type": { "type": "instant" } }
  },
  "codes": {
    "service_is_up": "the service is up",
    "restarted_lately": "the service was restarted less than five minutes ago"
  },
  "actions": {
    "restart_service": {
      "means": "restarts a service",
      "who": ["agent", "user"],
      "entitlement": "active",
      "roles": ["restart/operate"],
      "arguments": {},
      "requires": [
        { "code": "service_is_up", "means": "the service is down", "when": { "fact": "service_up", "is": false },
          "remedy": { "by": "world" } },
        { "code": "restarted_lately", "means": "the last restart is five minutes ago",
          "when": { "fact": "at", "notBefore": { "fact": "restarted_at", "plus": 300000 } },
          "remedy": { "by": "time", "notBefore": { "fact": "restarted_at", "plus": 300000 } } }
      ],
      "emits": { "approve": "restart_approved", "refuse": "action_refused" },
      "writes": [],
      // \`restart\` in restart.mjs does it, in a process of its own, and the observer is asked again whether it worked.
      "does": {
        "effect": "external", "step": "restart", "with": {}, "idempotent": true,
        "limits": { "timeoutMs": 30000, "memoryBytes": 268435456, "cpuPercent": 50 },
        "verify": { "fact": "service_up", "is": true },
        "begins": "restart_begun",
        "after": {
          "success": { "emits": "service_restarted",
            "writes": [{ "cell": "restarted_at", "key": [{ "fact": "resource_ref" }], "change": { "set": { "fact": "at" } } }] },
          "failed": { "emits": "restart_failed", "writes": [] },
          "timeout": { "emits": "restart_failed", "writes": [] },
          "memory_exceeded": { "emits": "restart_failed", "writes": [] },
          "unknown": { "emits": "restart_failed", "writes": [] }
        }
      }
    }
  },
  // A role of the pack's own: the owner grants it, and a key carries it. It lets nobody do anything else.
  "roles": { "restart/operate": "may restart services" },
  "required_iam_roles": ["restart/operate"],
  "receipt_events": ["restart_approved", "restart_begun", "service_restarted", "restart_failed"],
  "signals": [],
  "storage": "durable_append",
  "compute_limits": { "timeoutMs": 30000, "memoryBytes": 268435456, "cpuPercent": 50 }
}
`,

  'restart.cases.jsonc': `// What the pack decides: \`tai test restart.cases.jsonc --catalog catalog.json\` after
// \`tai catalog --pack restart.jsonc --self-hosted --out catalog.json\`.
{
  "pack": "restart",
  "given": {
    "at": "2026-01-26T12:00:00Z",
    "mode": "eval",
    "intent": {
      "subject": { "type": "agent", "id": "agent", "scope": ["restart/operate"] },
      "action": { "id": "restart_service" },
      "resource": { "id": "web", "environment": "sandbox" }
    },
    "facts": { "service_up": false },
    "state": {
      "entitlement_status": "active",
      "entitlement_plan": "self_hosted",
      "entitlement_sku": "self-hosted-1",
      "entitlement_packs": ["receipt_verifier", "restart"],
      "entitlement_roles": ["restart/operate"],
      "entitlement_expires_at": "2100-01-01T00:00:00Z",
      "granted_roles": { "agent": ["restart/operate"] }
    }
  },
  "cases": [
    { "note": "down", "expect": { "verdict": "approve", "step": "restart" } },
    { "note": "up", "given": { "facts": { "service_up": true } }, "expect": { "verdict": "refuse", "codes": ["service_is_up"], "next": ["world"] } },
    { "note": "nobody knows", "given": { "facts": { "service_up": null } }, "expect": { "verdict": "refuse", "codes": ["evidence_missing"], "next": ["information"] } },
    { "note": "restarted a minute ago", "given": { "state": { "restarted_at": { "web": "2026-01-26T11:59:00Z" } } },
      "expect": { "verdict": "refuse", "codes": ["restarted_lately"], "next": ["time"] } },
    { "note": "restarted five minutes ago", "given": { "state": { "restarted_at": { "web": "2026-01-26T11:55:00Z" } } },
      "expect": { "verdict": "approve" } }
  ]
}
`,

  'restart.mjs': `// What is looked at, and what is done. Plain JavaScript; put your own services here.
import { spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';

const services = new Map([['web', { command: ['web.mjs'], health: 'http://127.0.0.1:8790/' }]]);
const pidFile = (name) => new URL(\`\${name}.pid\`, import.meta.url);
const answers = (service) => fetch(service.health, { signal: AbortSignal.timeout(1000) }).then((r) => r.ok, () => false);

/** Observers run in the deployment's process and only look. A service that nobody knows is not spoken of. */
export const observers = [
  {
    source: 'probe',
    facts: ['service_up'],
    timeoutMs: 3000,
    observe: async (resource) => {
      const service = services.get(resource);
      return service ? [{ fact: 'service_up', value: await answers(service), observedAt: Date.now() }] : [];
    },
  },
];

/** Which function carries out which step of the packs. It runs in a process of its own, and is killed at its limits. */
export const handlers = [{ step: 'restart', export: 'restart' }];

export const restart = async ({ resource, signal }) => {
  const service = services.get(resource);
  if (!service) throw new Error('the service is not known');
  const old = await readFile(pidFile(resource), 'utf8').catch(() => '');
  if (old) try { process.kill(Number(old)); } catch { /* It is gone already. */ }
  const child = spawn(process.execPath, service.command, { cwd: new URL('.', import.meta.url), detached: true, stdio: 'ignore' });
  child.unref();
  await writeFile(pidFile(resource), String(child.pid));
  while (!signal.aborted && !(await answers(service))) await pause(50);
  return { pid: child.pid };
};
`,

  'web.mjs': `// A service to restart: it answers on a port until somebody ends it.
import { createServer } from 'node:http';
createServer((_, response) => response.end('up\\n')).listen(8790, '127.0.0.1');
`,
};
