// The public surface of phoenix-cdk/testing. Needs no test runner: what does not hold is thrown.

// What every resource keeps to
export { type ConformanceCheck, resourceConformance } from './conformance.js';
export type { ConformanceProgram, ConformanceSubject } from './conformance-subject.js';
// A host in a folder
export { diskImage } from './disk-image.js';
export { type FindingAssertions, findingsOf } from './findings.js';
export { Capture, Match, type Matcher } from './match.js';
export { normalizedSnapshot } from './normalized-snapshot.js';
export type {
  GuestAnswer,
  GuestRun,
  HostAnswer,
  HttpAnswer,
  RecordedCommand,
  SimulatedFault,
  SimulatedRun,
} from './simulated-commands.js';
export type { SimulatedCloudInit } from './simulated-guests.js';
export type { SimulatedDisplayDevice, SimulatedMachineOptions, SimulatedMember } from './simulated-machine.js';
export { SimulatedNode } from './simulated-node.js';
export type { SimulatedNodeOptions, SimulatedOsTemplate, SimulatedPool } from './simulated-node-options.js';
export { type Synthesized, type SynthesizedOptions, synthesized } from './synthesized.js';
// A program in memory
export { type TestAppOptions, testApp } from './test-app.js';
