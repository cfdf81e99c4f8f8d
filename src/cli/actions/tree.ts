import { type Action, exitCodes } from '../command.js';
import { treeText } from '../print-tree.js';
import { useProgramAssembly } from '../program-assembly.js';
import { readProject } from '../project.js';

/** Shows the construct tree. */
export const tree: Action = (call) =>
  useProgramAssembly(call, readProject(call), (assembly) => {
    const { tree: root } = assembly.tree();
    return {
      code: exitCodes.done,
      data: { app: assembly.manifest.app, tree: root },
      text: (style) => treeText(assembly.manifest.app, root, style),
    };
  });
