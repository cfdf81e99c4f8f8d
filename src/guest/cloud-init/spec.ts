import { PhoenixError, type Problem } from '../../base/errors.js';
import { sha256 } from '../../base/stable.js';
import { secretsIn } from '../../model/content.js';
import { type CloudInitPart, cloudInitParts, cloudInitTexts } from './documents.js';
import type { CloudInitMachine } from './machine.js';
import { cloudInitProblems, lengthProblems } from './refusals.js';
import type { CloudInitValues } from './schema.js';
import { localSnippets, type SnippetsPlace } from './snippets-schema.js';

/** A document of a machine as a file of the host. */
export interface CloudInitDocumentFile {
  readonly part: CloudInitPart;
  /** Volume id: `local:snippets/phoenix-8001-user.yaml`. */
  readonly volume: string;
  /** Path on the host. */
  readonly target: string;
  readonly text: string;
  readonly secrets: readonly string[];
}

/** The documents of a machine, where it has any of its own. */
export interface CloudInitSpec {
  readonly storage: string;
  readonly files: readonly CloudInitDocumentFile[];
  /** Of all documents: a machine that was started with others takes a restart. */
  readonly digest: string;
}

/** Whether a program says what only documents of the machine's own can say. */
export function asksForDocuments(values: CloudInitValues | undefined): values is CloudInitValues {
  return [values?.userData, values?.vendorData, values?.networkConfig].some((it) => it !== undefined);
}

/** The documents as files. Throws `cloud-init/*` with everything that is wrong with them. */
export function cloudInitSpec(values: CloudInitValues, machine: CloudInitMachine, path: string): CloudInitSpec {
  const place = values.snippets ?? localSnippets;
  refuse([...cloudInitProblems(values, machine), ...placeProblems(place)], path);
  const texts = cloudInitTexts(values, machine);
  refuse(lengthProblems(texts), path);
  const files = cloudInitParts.flatMap((part): CloudInitDocumentFile[] => {
    const text = texts[part];
    const name = `phoenix-${machine.vmid}-${part}.yaml`;
    return text === undefined
      ? []
      : [
          {
            part,
            volume: `${place.storage}:snippets/${name}`,
            target: `${place.folder}/${name}`,
            text,
            secrets: secretsIn(text),
          },
        ];
  });
  const digest = sha256(files.map(({ part, text }) => `${part}\n${text}`).join('\0'));
  return { storage: place.storage, files, digest };
}

function placeProblems({ storage, folder, refuses }: SnippetsPlace): Problem[] {
  if (refuses) {
    return [
      {
        code: 'cloud-init/no-snippets',
        message: `the cloud-init documents lie on storage ${storage}, whose content has no snippets`,
        value: storage,
        fix: "add 'snippets' to the `content` of the storage",
      },
    ];
  }
  return folder === undefined
    ? [
        {
          code: 'cloud-init/no-folder',
          message: `the cloud-init documents lie on storage ${storage}, whose folder the program does not know`,
          value: storage,
          fix: 'use a storage of files that the program declares, or `local`',
        },
      ]
    : [];
}

function refuse(problems: readonly Problem[], path: string): void {
  if (problems.length > 0) {
    throw new PhoenixError(problems.map((problem) => ({ ...problem, path })));
  }
}
