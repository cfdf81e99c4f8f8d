import { PhoenixError } from '../base/errors.js';
import { Size } from '../base/units.js';
import { readProps } from '../model/read-props.js';
import { gpuModelTable, gpuTable } from './schema.js';

/** What is known of a model of card. */
export interface GpuModel {
  /** Name as people say it: `RTX 5060 Ti 16GB`. */
  readonly name: string;
  readonly vendor: 'nvidia' | 'amd' | 'intel';
  /** Memory that the driver reports, which is a little less than what the box says. */
  readonly memory: Size;
  /** CUDA compute capability; undefined where there is none. */
  readonly computeCapability?: string;
}

/** A card in a machine. */
export interface GpuProps {
  /** PCI address, which stays when cards are added: `0000:01:00.0`. */
  readonly pci: string;
}

const pciAddress = /^[0-9a-f]{4}:[0-9a-f]{2}:[01][0-9a-f]\.[0-7]$/;

/** A physical card: a model at a PCI address. Named makers for the usual cards; `new Gpu(...)` for any other. */
export class Gpu {
  static rtx3090(props: GpuProps): Gpu {
    return nvidia('RTX 3090', 24_576, '8.6', props);
  }

  static rtx4090(props: GpuProps): Gpu {
    return nvidia('RTX 4090', 24_564, '8.9', props);
  }

  static rtx5060Ti16(props: GpuProps): Gpu {
    return nvidia('RTX 5060 Ti 16GB', 16_311, '12.0', props);
  }

  static rtx5090(props: GpuProps): Gpu {
    return nvidia('RTX 5090', 32_607, '12.0', props);
  }

  static rtxPro6000Blackwell(props: GpuProps): Gpu {
    return nvidia('RTX PRO 6000 Blackwell', 97_887, '12.0', props);
  }

  static l40s(props: GpuProps): Gpu {
    return nvidia('L40S', 46_068, '8.9', props);
  }

  static h100(props: GpuProps): Gpu {
    return nvidia('H100', 81_559, '9.0', props);
  }

  static h200(props: GpuProps): Gpu {
    return nvidia('H200', 143_771, '9.0', props);
  }

  readonly model: GpuModel;
  readonly pci: string;

  /** Throws `gpu/pci-address`, and `config/*` with everything that is wrong with the model and the props. */
  constructor(model: GpuModel, props: GpuProps) {
    readProps(gpuModelTable, model, 'gpu');
    const { pci: given } = readProps(gpuTable, props, 'gpu');
    const pci = given.toLowerCase();
    if (!pciAddress.test(pci)) {
      throw new PhoenixError({
        code: 'gpu/pci-address',
        message: `${JSON.stringify(given)} is no PCI address of a card`,
        value: given,
        fix: 'write domain, bus, device and function as `lspci -D` prints them, such as 0000:01:00.0',
      });
    }
    this.model = model;
    this.pci = pci;
  }
}

function nvidia(name: string, mib: number, computeCapability: string, props: GpuProps): Gpu {
  return new Gpu({ name, vendor: 'nvidia', memory: Size.mib(mib), computeCapability }, props);
}
