import * as z from 'zod';
import { findingSchema } from './finding.js';
import { pveVersions } from './pve-version.js';
import { stepSchema } from './step.js';

/** Version of the assembly's own form. A reader refuses what is later than it knows. */
export const assemblyVersion = 1;

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

export const manifestSchema = z.strictObject({
  version: z.literal(assemblyVersion),
  /** Name of the app: the mark on the host. */
  app: z.string(),
  /** Name and version of the library that made the assembly. */
  generator: z.strictObject({ name: z.string(), version: z.string() }),
  stacks: z
    .array(
      z.strictObject({
        name: z.string(),
        host: z.string(),
        pveVersion: z.enum(pveVersions),
        restart: z.enum(['never', 'when-needed', 'allowed']),
        /** Nothing of the stack is ever destroyed or replaced. */
        protect: z.literal(true).optional(),
        runbook: z.string(),
        steps: z.int(),
        /** Stacks of other hosts that have to be done before this one is begun; left out where there are none. */
        after: z.array(z.string()).readonly().optional(),
      }),
    )
    .readonly(),
  /** Every other file of the assembly. */
  files: z.array(z.strictObject({ path: z.string(), sha256, mode: z.enum(['0644', '0755']) })).readonly(),
  findings: z.array(findingSchema).readonly(),
  /** Hashes of what the synth read besides the program; `null` where there was none. Those of facts by the name of their node. */
  inputs: z.strictObject({ lock: sha256.nullable(), facts: z.record(z.string(), sha256).nullable() }),
});
export type Manifest = Readonly<z.infer<typeof manifestSchema>>;

export const runbookSchema = z.strictObject({
  version: z.literal(assemblyVersion),
  app: z.string(),
  stack: z.string(),
  host: z.string(),
  pveVersion: z.enum(pveVersions),
  restart: z.enum(['never', 'when-needed', 'allowed']),
  /** Nothing of the stack is ever destroyed or replaced. */
  protect: z.literal(true).optional(),
  /** In an order that can be worked through from first to last. */
  steps: z.array(stepSchema).readonly(),
});
export type Runbook = Readonly<z.infer<typeof runbookSchema>>;

export interface TreeNode {
  readonly id: string;
  readonly path: string;
  /** Name of the construct's class. */
  readonly type: string;
  /** What the resource is on its host. */
  readonly identity?: string | undefined;
  readonly attributes?: object | undefined;
  readonly children?: readonly TreeNode[] | undefined;
}

const treeNodeSchema: z.ZodType<TreeNode> = z.lazy(() =>
  z.strictObject({
    id: z.string(),
    path: z.string(),
    type: z.string(),
    identity: z.string().optional(),
    attributes: z.record(z.string(), z.unknown()).optional(),
    children: z.array(treeNodeSchema).readonly().optional(),
  }),
);

export const treeSchema = z.strictObject({ version: z.literal(assemblyVersion), tree: treeNodeSchema });
export type Tree = Readonly<z.infer<typeof treeSchema>>;
