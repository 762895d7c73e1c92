/** A process that serves MCP over its standard streams. A tool `deployer` appears when `a_look` was called. */
import { mountStdio } from '@tai-autonomics/adapter-mcp';
import { either as E } from 'fp-ts';
import { agent, approved, deploy, fakeGovernor, look, notFound, refused } from './fake-governor.ts';

const governor = fakeGovernor(look);
governor.answer = ({ action }) => {
  if (action !== 'look_around') return refused(notFound);
  governor.surface = E.right([look, deploy]);
  governor.change(agent.tenant);
  return approved();
};
const door = mountStdio({ governor, caller: agent });
await door.closed;
process.stderr.write('the client went away\n');
