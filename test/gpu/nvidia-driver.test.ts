import { describe, expect, it } from 'vitest';
import { Size } from '../../src/base/units.js';
import { NvidiaDriver, type NvidiaDriverProps } from '../../src/gpu/nvidia-driver.js';
import { loadedDriver } from '../../src/gpu/plan.js';
import { scriptText } from '../../src/guest/script.js';
import { Gpu } from '../../src/host/gpu.js';
import { Match } from '../../src/testing/index.js';
import { shellcheck } from '../support/shellcheck.js';
import { codesOf, SmallHost } from '../support/small-host.js';
import { describeWithTool } from '../support/tool.js';

const version = '580.76.05';

function driver(
  props: Partial<NvidiaDriverProps> = {},
  host = new SmallHost(),
): { host: SmallHost; driver: NvidiaDriver } {
  return { host, driver: new NvidiaDriver(host.base, 'driver', { version, ...props }) };
}

describe('the driver of a host', () => {
  it('has to be there in its version; then the files of all cards are made', () => {
    const synth = driver().host.synth();
    synth.hasStep('gpu-driver/pve/version', {
      commands: [],
      probes: [{ probe: 'file', path: '/proc/driver/nvidia/version', matches: '^NVRM version:.* 580\\.76\\.05 ' }],
    });
    synth.hasStep('gpu-driver/pve/device-files', {
      needs: ['gpu-driver/pve/version'],
      probes: Match.arrayWith([{ path: '/dev/nvidia0' }, { path: '/dev/nvidia1' }, { path: '/dev/nvidia-uvm-tools' }]),
      commands: [
        ['nvidia-modprobe', '-c', '0', '-u'],
        ['nvidia-modprobe', '-c', '1', '-u'],
      ],
    });
  });

  it('comes before every container that uses a card, and before no other', () => {
    const { host } = driver();
    host.container('a', { vmid: 950, gpus: [host.pve.gpu(0)] });
    host.container('b', { vmid: 951 });
    const synth = host.synth();
    expect(synth.step('guest/950/create').needs).toContain('gpu-driver/pve/device-files');
    expect(synth.step('guest/951/create').needs).not.toContain('gpu-driver/pve/device-files');
  });

  it.each<[Partial<NvidiaDriverProps>, string]>([
    [{ version: '580' }, 'gpu/driver-version'],
    [{ version: "580.76.05'; id" }, 'gpu/driver-version'],
    [{ sha256: 'abc' }, 'gpu/driver-checksum'],
    [JSON.parse('{ "flavor": "closed" }'), 'config/wrong-value'],
    [JSON.parse('{ "sha512": "abc" }'), 'config/unknown-key'],
    [{ url: 'ftp://x' }, 'gpu/driver-url'],
    [{ url: 'https://me:hunter22@x/a' }, 'gpu/driver-url'],
    [{ url: "https://x/'$(id)" }, 'gpu/driver-url'],
  ])('is refused: %j, %s', (props, code) => {
    expect(codesOf(() => driver(props))).toEqual([code]);
  });

  it('is the open one on Blackwell', () => {
    const blackwell = () => new SmallHost({ host: { gpus: [Gpu.rtx5090({ pci: '0000:01:00.0' })] } });
    expect(codesOf(() => driver({ flavor: 'proprietary' }, blackwell()))).toEqual(['gpu/driver-flavor']);
    expect(codesOf(() => driver({}, blackwell()))).toEqual([]);
    expect(codesOf(() => driver({ flavor: 'proprietary' }))).toEqual([]);
  });

  it('that is run unchecked is a finding', () => {
    driver().host.synth().findings.hasInfo('gpu/driver-unchecked', 'base/driver');
    driver({ sha256: 'a'.repeat(64) })
      .host.synth()
      .findings.lacks('gpu/driver-unchecked');
  });

  it('is one a host', () => {
    const { host } = driver();
    new NvidiaDriver(host.base, 'second', { version });
    expect(codesOf(() => host.synth())).toEqual(['identity/taken-twice']);
  });
});

describe('the libraries of the driver in a guest', () => {
  it('are of the version of the host, checked before they are run, without kernel modules', () => {
    const { text } = driver({ sha256: 'a'.repeat(64) }).driver.userspace();
    expect(text).toContain(`Linux-x86_64/${version}/NVIDIA-Linux-x86_64-${version}.run'`);
    expect(text.indexOf('sha256sum --check')).toBeLessThan(text.indexOf('--no-kernel-module'));
    expect(text).toContain(`${'a'.repeat(64)}  `);
  });
});

describe('the driver that the host has loaded', () => {
  // as the modules print it: behind the version stand words, a day and a time
  const line = (release: string) =>
    `NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  ${release}  Release Build  (dvs-builder@U22)  Tue Jul 22 20:31:09 UTC 2025\n`;
  const finds = (text: string) => new RegExp(loadedDriver(version)).test(text);

  it('is told from its line, whatever day it was built on', () => {
    expect(finds(line(version))).toBe(true);
    expect(finds(line('580.76.050'))).toBe(false);
    expect(finds(line('580.65.06'))).toBe(false);
  });

  it('is looked for in the same way inside a guest', () => {
    expect(driver().driver.userspace().text).toContain(`grep -q '${loadedDriver(version)}' `);
  });
});

describe('cards beside those of other makers', () => {
  const amd = new Gpu({ name: 'iGPU', vendor: 'amd', memory: Size.gib(1) }, { pci: '0000:00:02.0' });
  const mixed = () => new SmallHost({ host: { gpus: [amd, Gpu.l40s({ pci: '0000:01:00.0' })] } });

  it('have device files that are counted over NVIDIA cards alone', () => {
    const { host } = driver({}, mixed());
    host.container('a', { vmid: 950, gpus: [host.pve.gpu(1)] });
    const synth = host.synth();
    synth.hasGuestConfig(950, { dev0: Match.stringLike('/dev/nvidia0,*') });
    synth.hasStep('gpu-driver/pve/device-files', { commands: [['nvidia-modprobe', '-c', '0', '-u']] });
  });

  it('are not mistaken for them', () => {
    const host = mixed();
    host.container('a', { vmid: 950, gpus: [host.pve.gpu(0)] });
    expect(codesOf(() => host.synth())).toEqual(['gpu/vendor']);
  });
});

describeWithTool('shellcheck', 'the script of the libraries', () => {
  it.each<[Partial<NvidiaDriverProps>]>([[{}], [{ sha256: 'a'.repeat(64), url: 'https://mirror/x?y&z;a' }]])(
    'is clean: %j',
    (props) => {
      expect(shellcheck(scriptText(driver(props).driver.userspace().spec))).toBe('');
    },
  );
});
