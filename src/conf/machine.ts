import type { Construct } from 'constructs';
import { PhoenixError } from '../base/errors.js';
import { nearest } from '../base/nearest.js';
import { isPlainObject } from '../base/plain-object.js';
import { Size, type SizeText } from '../base/units.js';
import { Gpu } from '../host/gpu.js';
import { PveNode, type PveNodeProps } from '../host/pve-node.js';
import { hostTable } from '../host/schema.js';
import { choice, type Fields, list, object, required, size, text } from '../model/fields.js';

/** Makers of the cards that the library knows, by the names that files use. */
const knownCards: Readonly<Record<string, (props: { readonly pci: string }) => Gpu>> = {
  rtx3090: Gpu.rtx3090,
  rtx4090: Gpu.rtx4090,
  rtx5060Ti16: Gpu.rtx5060Ti16,
  rtx5090: Gpu.rtx5090,
  rtxPro6000Blackwell: Gpu.rtxPro6000Blackwell,
  l40s: Gpu.l40s,
  h100: Gpu.h100,
  h200: Gpu.h200,
};

const cardFields = {
  model: text(`Card by the library's name for it: ${Object.keys(knownCards).join(', ')}.`),
  pci: required(text('PCI address, as `lspci -D` prints it.')),
  name: text('Name of a card that the library does not know.'),
  vendor: choice('Its maker.', ['nvidia', 'amd', 'intel']),
  memory: size('Its memory, as the driver reports it.'),
  computeCapability: text('Its CUDA compute capability.'),
} satisfies Fields;

/** What `host.json` says of the machine itself, beside its sections. */
export const machineFields: Fields = {
  ...hostTable.fields,
  name: text('Name of the machine in the program, and of the node unless `nodeName` is given.'),
  gpus: list('Cards in the machine, in the order of their PCI addresses.', object('A card.', cardFields)),
};

/** The machine that the values describe. Throws `config/*` and `gpu/*`. */
export function machineOf(scope: Construct, { name, gpus, ...props }: Readonly<Record<string, unknown>>): PveNode {
  if (typeof name !== 'string' || name === '') {
    throw new PhoenixError({
      code: 'config/missing',
      message: '`name` of the machine is not given',
      fix: 'give `name`: what the node is called in /etc/pve/nodes',
    });
  }
  const cards = Array.isArray(gpus) ? gpus.map(cardOf) : gpus;
  return new PveNode(scope, name, { ...props, ...(cards === undefined ? {} : { gpus: cards }) } as PveNodeProps);
}

function cardOf(card: unknown, index: number): Gpu {
  const { model, pci, name, vendor, memory, computeCapability } = isPlainObject(card) ? card : {};
  const place = { pci: String(pci) };
  if (typeof model === 'string' && knownCards[model] !== undefined) {
    return knownCards[model](place);
  }
  if (model === undefined && typeof name === 'string' && typeof memory === 'string') {
    return new Gpu(
      {
        name,
        vendor: (vendor ?? 'nvidia') as 'nvidia',
        memory: Size.parse(memory as SizeText),
        ...(typeof computeCapability === 'string' ? { computeCapability } : {}),
      },
      place,
    );
  }
  const like = typeof model === 'string' ? nearest(model, Object.keys(knownCards)) : undefined;
  throw new PhoenixError({
    code: 'conf/card',
    message: model === undefined ? 'the card has no `model`' : `the library knows no card ${JSON.stringify(model)}`,
    keys: ['gpus', String(index), ...(model === undefined ? [] : ['model'])],
    value: model,
    fix:
      like === undefined
        ? `known: ${Object.keys(knownCards).join(', ')}; of another, give name, vendor, memory and pci`
        : `did you mean ${JSON.stringify(like)}?`,
  });
}
