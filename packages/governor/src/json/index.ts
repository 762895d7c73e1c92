/** JSON from outside, read strictly: what it accepts, every other reader understands in the same way. */
export { readWithin } from './bounded-body.ts';
export { checkMembers, type Rule } from './members.ts';
export {
  type JsonDocument,
  type JsonFault,
  type JsonOptions,
  type JsonPath,
  type JsonPosition,
  parseStrictJson,
  printFault,
  printPath,
} from './strict-json.ts';
