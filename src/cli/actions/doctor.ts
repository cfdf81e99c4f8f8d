import { existsSync } from 'node:fs';
import { type Action, exitCodes } from '../command.js';
import { checkApplierTools, checkNode } from '../doctor-machine.js';
import { checkAppCommand, checkAssembly, checkLibrary, checkLockFile } from '../doctor-project.js';
import { doctorText } from '../print-doctor.js';
import { readProject } from '../project.js';

/** Looks at this machine and this project; fails if something keeps phoenix from working here. */
export const doctor: Action = (call) => {
  const project = readProject(call);
  const checks = [
    checkNode(process.versions.node),
    checkAppCommand(project),
    checkLibrary(project),
    checkLockFile(project),
    checkAssembly(project),
    checkApplierTools(existsSync('/etc/pve')),
  ];
  const fails = checks.some((check) => check.status === 'fail');
  return {
    code: fails ? exitCodes.failed : exitCodes.done,
    data: { checks },
    text: (style) => doctorText(checks, style),
  };
};
