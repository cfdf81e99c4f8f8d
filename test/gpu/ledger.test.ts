import { describe, expect, it } from 'vitest';
import { VllmContainer, type VllmContainerProps } from '../../src/ai/vllm-container.js';
import { NvidiaDriver } from '../../src/gpu/nvidia-driver.js';
import { findingsOf } from '../../src/testing/index.js';
import { codesOf, SmallHost } from '../support/small-host.js';

type Server = Pick<VllmContainerProps, 'gpuMemoryUtilization' | 'gpuMode' | 'started'> & {
  readonly cards?: readonly number[];
};

/** A host with servers that take so much of their cards. */
function servers(...all: readonly Server[]): SmallHost {
  const host = new SmallHost();
  new NvidiaDriver(host.base, 'driver', { version: '580.76.05', sha256: 'a'.repeat(64) });
  for (const [index, { cards = [0], ...props }] of all.entries()) {
    const gpus = cards.map((card) => host.pve.gpu(card));
    const base = { from: host.archive, rootfs: { storage: host.disks, size: '8GiB' }, model: 'a/b', gpus } as const;
    new VllmContainer(host.ai, `s${index}`, { ...base, ...props });
  }
  return host;
}

const share = (gpuMemoryUtilization: number, props: Server = {}): Server => ({ gpuMemoryUtilization, ...props });

describe('the servers on a card', () => {
  it('may not take more than all of it', () => {
    findingsOf(servers(share(0.6), share(0.5)).app).hasError('gpu/overcommitted', 'pve');
    findingsOf(servers(share(0.4), share(0.4), share(0.3)).app).hasError('gpu/overcommitted', 'pve');
  });

  it('are summed as people write shares, not as binary fractions', () => {
    const found = findingsOf(servers(share(0.7), share(0.2), share(0.1)).app);
    found.lacks('gpu/overcommitted');
    found.hasWarning('gpu/tight', 'pve');
  });

  it('are tight together above 95 %, for each has a context of its own; one alone is not', () => {
    findingsOf(servers(share(0.5), share(0.46)).app).hasWarning('gpu/tight', 'pve');
    findingsOf(servers(share(0.5), share(0.45)).app).lacks('gpu/tight');
    findingsOf(servers(share(0.98)).app).lacks('gpu/tight');
  });

  it('are counted for each card of its own', () => {
    findingsOf(servers(share(0.9), share(0.9, { cards: [1] })).app).hasNoErrors();
    findingsOf(servers(share(0.6, { cards: [0, 1] }), share(0.6, { cards: [1] })).app).hasError('gpu/overcommitted');
  });

  it('are not those of containers that never run', () => {
    const host = new SmallHost();
    host.container('off', { gpus: [host.pve.gpu(0)], gpuMode: 'exclusive', started: false });
    host.container('on', { gpus: [host.pve.gpu(0)] });
    findingsOf(host.app).hasNoErrors();
  });
});

describe('a neighbour that nothing bounds', () => {
  it('is warned of where somebody else uses the card', () => {
    const host = servers(share(0.5));
    host.container('train', { gpus: [host.pve.gpu(0)] });
    findingsOf(host.app).hasWarning('gpu/unbounded-neighbour', 'pve');
  });

  it('is nobody on a card of its own, nor is a template', () => {
    const host = servers(share(0.5));
    host.container('train', { gpus: [host.pve.gpu(1)] });
    host.template('base', { gpus: [host.pve.gpu(0)] });
    findingsOf(host.app).lacks('gpu/unbounded-neighbour');
  });

  it.each<[string, `/dev/${string}`, string, string]>([
    ['a device', '/dev/nvidia0', 'dev0.mode', '0666'],
    ['an override', '/dev/kvm', 'dev1', '/dev/nvidia0,mode=0666'],
    ['an override of a path', '/dev/kvm', 'dev0.path', '/dev/nvidia0'],
  ])('is seen where %s gives it the card', (_what, device, key, value) => {
    const host = servers(share(0.5));
    host.container('train', { devices: [{ path: device }] }).override(key, value);
    findingsOf(host.app).hasWarning('gpu/unbounded-neighbour', 'pve');
    const alone = servers(share(0.5, { gpuMode: 'exclusive' }));
    alone.container('train', { devices: [{ path: device }] }).override(key, value);
    findingsOf(alone.app).hasError('gpu/not-exclusive', 'ai/s0');
  });

  it('is nobody whose override names another device, or takes the card away', () => {
    const host = servers(share(0.5));
    host.container('other', {}).override('dev0', '/dev/nvidia1');
    host.container('none', {}).override('dev0', '/dev/nvidiactl');
    host.container('gone', { devices: [{ path: '/dev/nvidia0', number: 0 }] }).override('dev0', undefined);
    findingsOf(host.app).lacks('gpu/unbounded-neighbour');
  });

  it('may be acknowledged with a reason; too much of a card may not', () => {
    const host = servers(share(0.5));
    host.container('train', { gpus: [host.pve.gpu(0)] });
    host.app.acknowledge('gpu/unbounded-neighbour', { reason: 'it takes 2 GiB' });
    const [found] = host.synth().findings.all.filter(({ code }) => code === 'gpu/unbounded-neighbour');
    expect(found?.acknowledged).toBe('it takes 2 GiB');
    const over = servers(share(0.6), share(0.6));
    over.app.acknowledge('gpu/overcommitted', { reason: 'never' });
    findingsOf(over.app).hasError('gpu/overcommitted');
  });
});

describe('a card for one container alone', () => {
  it('may have no second user', () => {
    const host = servers(share(0.5, { gpuMode: 'exclusive' }), share(0.2));
    findingsOf(host.app).hasError('gpu/not-exclusive', 'ai/s0');
    findingsOf(servers(share(0.9, { gpuMode: 'exclusive' })).app).hasNoErrors();
  });
});

describe('cards without a driver', () => {
  it('are warned of, once a host', () => {
    const host = new SmallHost();
    host.container('a', { gpus: [host.pve.gpu(0)] });
    host.container('b', { gpus: [host.pve.gpu(1)] });
    const { findings } = host.synth();
    expect(findings.all.filter(({ code }) => code === 'gpu/driver-undeclared').map(({ path }) => path)).toEqual([
      'pve',
    ]);
    findingsOf(servers(share(0.5)).app).lacks('gpu/driver-undeclared');
  });

  it('are only those that the host has', () => {
    const host = new SmallHost();
    expect(codesOf(() => host.pve.gpu(2))).toEqual(['gpu/unknown']);
    expect(codesOf(() => host.pve.gpu(-1))).toEqual(['gpu/unknown']);
  });
});
