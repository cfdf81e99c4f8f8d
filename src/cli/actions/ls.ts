import { listStacks } from '../../toolkit/stack-list.js';
import { type Action, exitCodes } from '../command.js';
import { emptyStacksText, stackListText } from '../print-stack-list.js';
import { useProgramAssembly } from '../program-assembly.js';
import { readProject } from '../project.js';

/** Lists the stacks. The data always holds everything; the options say how much of it people see. */
export const ls: Action = (call) =>
  useProgramAssembly(call, readProject(call), (assembly) => {
    const stacks = listStacks(assembly);
    const shown = { long: call.options['long'] === true, dependencies: call.options['showDependencies'] === true };
    return {
      code: exitCodes.done,
      data: { app: assembly.manifest.app, stacks },
      notes: () => emptyStacksText(assembly.manifest.findings, stacks),
      text: (style) => stackListText(stacks, shown, style),
    };
  });
