/** A pack skeleton of somebody else's tools: each an action with an effect outside, pinned as it is described now. */
import type { Tool } from '@modelcontextprotocol/server';
import { BANNED_MEMBERS } from '@tai-autonomics/core/receipt';
import { BY_CALLER } from '@tai-autonomics/governor/local';
import { actionNameOf, argumentNameOf, CHANGED, GATE_ARGUMENTS, UNREACHABLE } from './gate-names.ts';
import { pinOf } from './tool-pin.ts';

/** A skeleton, and what it leaves out. */
export interface ImportedPack {
  /** JSON with comments. */
  readonly text: string;
  /** Tools that cannot be pinned, or whose action another one before them has, by name. */
  readonly left: readonly string[];
}

/**
 * The pack of a server's tools. Everything is external until somebody says otherwise, needs a role of the pack's own, and writes
 * nothing down of a call's arguments but their digest; what policies may want to see of them stands there as comments.
 */
export const packFromTools = (pack: string, tools: readonly Tool[]): ImportedPack => {
  const pinned = new Map<string, Pinned>();
  const left: string[] = [];
  for (const tool of tools) {
    const pin = pinOf(tool);
    const action = actionNameOf(pack, tool.name);
    if (pin === undefined || pinned.has(action)) left.push(tool.name.slice(0, 100));
    else pinned.set(action, { tool, pin, action });
  }
  return { text: textOf(pack, [...pinned.values()]), left };
};

interface Pinned {
  readonly tool: Tool;
  readonly pin: string;
  readonly action: string;
}

const text = (value: unknown): string => JSON.stringify(value);
/** Prose of a pack: one line, and no word that no pack may say alone. */
const prose = (given: string | undefined, otherwise: string): string => {
  const line = (given ?? '')
    .replaceAll(/[\p{C}\s]+/gu, ' ')
    .trim()
    .slice(0, 1_000);
  // A pair may have been cut in two.
  const whole = line.replace(/[\ud800-\udbff]$/, '').trim();
  return whole === '' || BANNED_MEMBERS.has(whole) ? otherwise : whole;
};

const textOf = (
  pack: string,
  tools: readonly Pinned[],
): string => `// Imported from an MCP server. Read what it says of its tools before you trust it: hints are the server's own word.
// Check it with \`tai pack check\`. A tool whose description or schema changes is refused until this file is written anew.
{
  "pack_id": ${text(pack)},
  "version": "0.1.0",
  "description": ${text(`The tools of the MCP server ${pack}, behind a gate.`)},
  "requires": [],
  "incompatible_with": [],
  "roles": {
    ${text(`${pack}/read`)}: "may use the tools that say of themselves that they only read",
    ${text(`${pack}/write`)}: "may use the other tools"
  },
  "required_iam_roles": [${text(`${pack}/read`)}, ${text(`${pack}/write`)}],
  "facts": {
    ${text(`${pack}_answered`)}: { "means": "the server answered without an error, as its gate saw it", "type": { "type": "boolean" }, "origin": "observed", "sources": [${text(BY_CALLER)}], "maxAgeMs": 60000 }
  },
  "cells": {},
  "codes": {
    ${text(`${pack}_tool_changed`)}: "the server describes the tool otherwise than when it was imported",
    ${text(`${pack}_unreachable`)}: "the server behind the gate cannot be reached"
  },
  "tools": [
${tools.map(toolText).join(',\n')}
  ],
  "actions": {
${tools.map((one) => actionText(pack, one)).join(',\n')}
  },
  "receipt_events": [${[`${pack}_approved`, `${pack}_begun`, `${pack}_done`, `${pack}_failed`].map(text).join(', ')}],
  "signals": [${text(`${pack}_failed`)}],
  "storage": "durable_append",
  "compute_limits": { "timeoutMs": 60000, "memoryBytes": 268435456, "cpuPercent": 100 }
}
`;

const toolText = ({ tool, action }: Pinned): string =>
  `    { "tool": ${text(action)}, "title": ${text(prose(tool.title ?? tool.annotations?.title ?? tool.name, action))}, "description": ${text(prose(tool.description, `The tool ${action}.`))}, "actions": [${text(action)}] }`;

const actionText = (pack: string, { tool, pin, action }: Pinned): string => {
  const isRead = tool.annotations?.readOnlyHint === true;
  const hints = `${isRead ? 'says that it only reads' : tool.annotations?.destructiveHint === false ? 'says that it only adds' : 'may destroy, for all that it says'}`;
  return `    // ${prose(tool.name, 'a tool').replaceAll('`', "'")}: ${hints}.
    ${text(action)}: {
      "means": ${text(`calls ${prose(tool.name, action)} of ${pack}`)},
      "who": ["agent", "user", "service"],
      "entitlement": "active",
      "roles": [${text(`${pack}/${isRead ? 'read' : 'write'}`)}],
      "arguments": {
        "gate_pin": { "means": "how the tool is described", "type": { "type": "enum", "values": [${[pin, CHANGED, UNREACHABLE].map(text).join(', ')}] } },
        "gate_seen": { "means": "the digest of its description now", "type": { "type": "string", "maxLength": 64 } },
        "gate_call": { "means": "the digest of the call's arguments", "type": { "type": "string", "maxLength": 64 } },
        "gate_mode": { "means": "in shadow the call is passed on whatever is decided", "type": { "type": "enum", "values": ["enforce", "shadow"] } }${candidates(tool)}
      },
      "requires": [
        { "code": ${text(`${pack}_unreachable`)}, "means": "the server behind the gate can be reached",
          "when": { "fact": "argument.gate_pin", "oneOf": [${[pin, CHANGED].map(text).join(', ')}] }, "remedy": { "by": "world" } },
        { "code": ${text(`${pack}_tool_changed`)}, "means": "the tool is described as it was imported",
          "when": { "fact": "argument.gate_pin", "oneOf": [${[pin, UNREACHABLE].map(text).join(', ')}] },
          "remedy": { "by": "nobody", "why": "the server has to describe the tool as it was imported, or the tenant has to put a pack in force that was imported anew" } }
      ],
      "emits": { "approve": ${text(`${pack}_approved`)}, "refuse": "action_refused" },
      "writes": [],
      "does": {
        "effect": "external", "step": ${text(BY_CALLER)}, "with": {}, "idempotent": false,
        "verify": { "fact": ${text(`${pack}_answered`)}, "is": true },
        "begins": ${text(`${pack}_begun`)},
        "after": {
          "success": { "emits": ${text(`${pack}_done`)}, "writes": [] },
          "failed": { "emits": ${text(`${pack}_failed`)}, "writes": [] },
          "timeout": { "emits": ${text(`${pack}_failed`)}, "writes": [] },
          "memory_exceeded": { "emits": ${text(`${pack}_failed`)}, "writes": [] },
          "unknown": { "emits": ${text(`${pack}_failed`)}, "writes": [] }
        }
      }
    }`;
};

/** The tool's own arguments that a policy could look at: what is declared stands in receipts, so somebody has to want it. */
const candidates = ({ inputSchema }: Tool): string => {
  const properties = typeof inputSchema.properties === 'object' ? inputSchema.properties : {};
  const lines = (inputSchema.required ?? []).flatMap((name) => {
    const type = Object.hasOwn(properties, name) ? typeOf(properties[name]) : undefined;
    const argument = argumentNameOf(name);
    return type === undefined || (GATE_ARGUMENTS as readonly string[]).includes(argument)
      ? []
      : [`        // , ${text(argument)}: { "means": ${text(prose(name, argument))}, "type": ${text(type)} }`];
  });
  return lines.length === 0 ? '' : `\n${lines.join('\n')}`;
};

const typeOf = (schema: unknown): object | undefined => {
  if (typeof schema !== 'object' || schema === null || !('type' in schema)) return undefined;
  switch (schema.type) {
    case 'string':
      return { type: 'string', maxLength: 1_024 };
    case 'integer':
      return { type: 'integer' };
    case 'boolean':
      return { type: 'boolean' };
    default:
      return undefined;
  }
};
