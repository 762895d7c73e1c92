/** The skeleton of a pack: the least that is complete, compiles and can be sold, with a comment wherever a choice was made. */

/** A pack of a name, as JSON with comments. Its one cell is a share of something that is switched on and then adjusted. */
export const packSkeleton = (
  name: string,
): string => `// A capability pack is data: facts, cells, actions, reasons. Check it with \`tai pack check ${name}.jsonc\`.
{
  "pack_id": "${name}",
  "version": "0.1.0",
  "description": "Switches ${name} on for a share of a service, and adjusts the share.",

  // Packs that must be bought with it, and packs that must not. receipt_verifier is always on.
  "requires": ["receipt_verifier"],
  "incompatible_with": [],

  // What agents see. A tool can ask for any action that it lists; with several, its argument \`action\` chooses.
  // The description is all that an agent knows: say when to use it, and what a refusal means.
  "tools": [
    {
      "tool": "${name}_control",
      "title": "Control ${name}",
      "description": "Switches ${name} on for a share of a service, adjusts the share, or switches it off. Adjusting is refused until it is on.",
      "actions": ["activate_${name}", "adjust_${name}", "clear_${name}"]
    },
    {
      "tool": "${name}_status",
      "title": "Show ${name}",
      "description": "Shows the share of a service for which ${name} is on. Never acts.",
      "actions": ["check_${name}"]
    }
  ],

  // Places of the ledger's fold. A cell is changed by the writes of an approval, and by nothing else.
  "cells": {
    "${name}_share": {
      "means": "the share in percent for which it is on; 0 is off",
      "key": ["resource"],
      "type": { "type": "integer", "min": 0, "max": 100 }
    }
  },

  // What decisions look at. \`ledger\` reads a cell and is never missing; \`observed\` is stated by a source about the world:
  //   "error_rate_low": { "means": "…", "type": { "type": "boolean" }, "origin": "observed", "sources": ["probe"], "maxAgeMs": 60000 }
  "facts": {
    "${name}_share": {
      "means": "the share for which it is on",
      "type": { "type": "integer", "min": 0, "max": 100 },
      "origin": "ledger",
      "cell": "${name}_share",
      "key": [{ "fact": "resource_ref" }],
      "otherwise": 0
    }
  },

  // Reasons of its own: a code is said when its condition is known to be false, never when nobody knows.
  "codes": {
    "${name}_not_active": "it is not on, so there is nothing to adjust"
  },

  "actions": {
    "activate_${name}": {
      "means": "switches it on for a share of a service",
      "who": ["agent", "user", "service"],
      "entitlement": "active",
      // All of them, in the plan's ceiling, in the owner's grant and in the credential's scope.
      "roles": ["write_config"],
      "arguments": {
        "share": { "means": "the share in percent", "type": { "type": "integer", "min": 1, "max": 100 } }
      },
      "requires": [],
      "emits": { "approve": "${name}_activated", "refuse": "action_refused" },
      "writes": [
        { "cell": "${name}_share", "key": [{ "fact": "resource_ref" }], "change": { "set": { "fact": "argument.share" } } }
      ],
      // internal: the fold is the whole effect. An effect outside is \`external\`, has a handler, and says how it is verified.
      "does": { "effect": "internal" }
    },
    "adjust_${name}": {
      "means": "adjusts the share of a service",
      "who": ["agent", "user", "service"],
      "entitlement": "active",
      "roles": ["write_config"],
      "arguments": {
        "share": { "means": "the share in percent", "type": { "type": "integer", "min": 1, "max": 100 } }
      },
      "requires": [
        {
          "code": "${name}_not_active",
          "means": "it is on",
          "when": { "fact": "${name}_share", "above": 0 },
          // The next lawful step: who may do what so that this reason is gone.
          "remedy": {
            "by": "authority",
            "who": { "type": "agent" },
            "submit": {
              "action": "activate_${name}",
              "arguments": {},
              "choose": [{ "argument": "share", "from": 1, "to": 100 }]
            }
          }
        }
      ],
      "emits": { "approve": "${name}_adjusted", "refuse": "action_refused" },
      "writes": [
        { "cell": "${name}_share", "key": [{ "fact": "resource_ref" }], "change": { "set": { "fact": "argument.share" } } }
      ],
      "does": { "effect": "internal" }
    },
    "clear_${name}": {
      "means": "switches it off for a service",
      "who": ["agent", "user", "service"],
      "entitlement": "active",
      "roles": ["write_config"],
      "arguments": {},
      "requires": [],
      "emits": { "approve": "${name}_cleared", "refuse": "action_refused" },
      "writes": [{ "cell": "${name}_share", "key": [{ "fact": "resource_ref" }], "change": { "clear": true } }],
      "does": { "effect": "internal" }
    },
    "check_${name}": {
      "means": "shows the share of a service",
      "who": ["agent", "user", "service"],
      "entitlement": "active",
      "roles": ["read_metrics"],
      "arguments": {},
      "requires": [],
      "emits": { "approve": "action_executed", "refuse": "action_refused" },
      "writes": [],
      // A read leaves the receipt of its decision, and answers with what stands here.
      "does": { "effect": "read", "step": "show", "with": { "share": { "fact": "${name}_share" } } },
      // What agents are told that they will find.
      "returns": {
        "type": "object",
        "properties": { "share": { "type": "integer", "description": "the share in percent" } },
        "required": ["share"]
      }
    }
  },

  // Every role that its actions need; a plan that sells it should allow them.
  "required_iam_roles": ["read_metrics", "write_config"],
  // What receipts record; signals are those that others may wait for.
  "receipt_events": ["${name}_activated", "${name}_adjusted", "${name}_cleared"],
  "signals": ["${name}_activated", "${name}_adjusted", "${name}_cleared"],
  "storage": "durable_append",
  "compute_limits": { "timeoutMs": 60000, "memoryBytes": 134217728, "cpuPercent": 10 }
}
`;

/** Its table of cases: the scene is a tenant to whom nothing is wanting, each case spoils one thing. */
export const casesSkeleton = (
  name: string,
): string => `// What ${name} decides. Run it with \`tai test ${name}.cases.jsonc --catalog catalog.json\`; --cover lists what no case has seen.
{
  "pack": "${name}",
  // Every case starts from here: a tenant to whom nothing is wanting.
  "given": {
    "at": "2026-11-21T08:00:00Z",
    "mode": "eval",
    "intent": {
      "subject": { "type": "agent", "id": "bot", "scope": ["read_metrics", "write_config"] },
      "action": { "id": "adjust_${name}", "arguments": { "share": 10 } },
      "resource": { "id": "shop" }
    },
    "state": {
      "entitlement_status": "active",
      "entitlement_plan": "${name}",
      "entitlement_sku": "${name}-1",
      "entitlement_packs": ["receipt_verifier", "${name}"],
      "entitlement_roles": ["read_metrics", "write_config"],
      "entitlement_expires_at": "2027-11-21T08:00:00Z",
      "granted_roles": { "bot": ["read_metrics", "write_config"] },
      "${name}_share": { "shop": 5 }
    }
  },
  "cases": [
    { "note": "on, and adjusted", "expect": { "verdict": "approve" } },
    {
      "note": "adjusted before it was ever on",
      "given": { "state": { "${name}_share": null } },
      "expect": { "verdict": "refuse", "codes": ["${name}_not_active"], "next": ["authority"] }
    },
    {
      "note": "on for another service only",
      "given": { "state": { "${name}_share": { "shop": null, "cart": 5 } } },
      "expect": { "verdict": "refuse", "codes": ["${name}_not_active"] }
    },
    {
      "note": "switched on",
      "given": { "intent": { "action": { "id": "activate_${name}" } }, "state": { "${name}_share": null } },
      "expect": { "verdict": "approve" }
    },
    {
      "note": "bought, but granted to nobody",
      "given": { "state": { "granted_roles": null } },
      "expect": { "verdict": "refuse", "codes": ["insufficient_privilege"], "next": ["authority"] }
    },
    {
      "note": "a share that is none",
      "given": { "intent": { "action": { "arguments": { "share": 101 } } } },
      "expect": { "verdict": "refuse", "codes": ["arguments_invalid"], "next": ["request"] }
    },
    {
      "note": "not bought: there is no such tool",
      "given": { "state": { "entitlement_packs": ["receipt_verifier"] } },
      "expect": { "verdict": "refuse", "codes": ["tool_not_found"] }
    }
  ]
}
`;

/** A plan that sells the pack alone. */
export const planSkeleton = (
  name: string,
): string => `// A plan that sells ${name}. Check it with \`tai plan check ${name}.plan.jsonc --catalog catalog.json\`.
{
  "plan_id": "${name}",
  "title": "${name.replaceAll('_', ' ')}",
  "sku_id": "${name}-1",
  "packs": ["receipt_verifier", "${name}"],
  // A ceiling: a purchase grants none of them, the tenant's owner does.
  "iam_roles": ["read_metrics", "write_config"],
  "quota": 100
}
`;
