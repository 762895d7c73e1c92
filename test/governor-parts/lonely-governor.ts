/** A process that runs one step that never ends. Arguments: the handlers' module, the step's file. */
import { createExecutor } from '@tai-autonomics/governor/node';
import { stepOf } from './step.ts';

const [, , module = '', file = ''] = process.argv;
const executor = createExecutor([{ step: 'block', module, export: 'blocksWithChild' }]);
await executor.run(stepOf('block', { file }), { tenant: 'acme', resource: 'payments' }, 'eval');
