import { describe, expect, it } from 'vitest';
import { VllmContainer, type VllmContainerProps } from '../../src/ai/vllm-container.js';
import { Port } from '../../src/firewall/port.js';
import { Secret } from '../../src/secrets/secret.js';
import { Match } from '../../src/testing/index.js';
import { codesOf, problemsOf, SmallHost } from '../support/small-host.js';
import { describeWithTool } from '../support/tool.js';
import { readUnit } from './systemd.js';

const model = 'Qwen/Qwen2.5-7B-Instruct-AWQ';
const unitPath = 'stacks/ai/guests/950/root/etc/systemd/system/vllm.service';

function server(props: Partial<VllmContainerProps> & { cards?: number } = {}): {
  host: SmallHost;
  qwen: VllmContainer;
} {
  const host = new SmallHost();
  const { cards = 1, ...given } = props;
  const gpus = [0, 1].slice(0, cards).map((index) => host.pve.gpu(index));
  const base = { vmid: 950, from: host.archive, rootfs: { storage: host.disks, size: '8GiB' }, gpus, model } as const;
  return { host, qwen: new VllmContainer(host.ai, 'qwen', { ...base, ...given }) };
}

function unitOf(props: Parameters<typeof server>[0] = {}): string {
  return server(props).host.synth().file(unitPath);
}

/** The words of the command, which are all bare here. */
function command(props: Parameters<typeof server>[0] = {}): string {
  return /^ExecStart=\S+ serve (.*)$/m.exec(unitOf(props))?.[1] ?? '';
}

describe('the command of a vLLM server', () => {
  it('says only what was asked for, and how much of the card it takes', () => {
    expect(command()).toBe(`${model} --host 0.0.0.0 --port 8000 --gpu-memory-utilization 0.9`);
  });

  it.each<[Parameters<typeof server>[0], string]>([
    [{ port: 9000 }, '--port 9000'],
    [{ revision: 'abc' }, '--revision abc'],
    [{ servedModelName: 'qwen' }, '--served-model-name qwen'],
    [{ task: 'embed' }, '--runner pooling'],
    [{ task: 'score' }, '--runner pooling'],
    [{ quantization: 'awq_marlin' }, '--quantization awq_marlin'],
    [{ dtype: 'bfloat16' }, '--dtype bfloat16'],
    [{ kvCacheDtype: 'fp8' }, '--kv-cache-dtype fp8'],
    [{ maxModelLen: 32_768 }, '--max-model-len 32768'],
    [{ maxNumSeqs: 64 }, '--max-num-seqs 64'],
    [{ maxNumBatchedTokens: 8192 }, '--max-num-batched-tokens 8192'],
    [{ gpuMemoryUtilization: 0.45 }, '--gpu-memory-utilization 0.45'],
    [{ cards: 2 }, '--tensor-parallel-size 2'],
    [{ cards: 2, pipelineParallelSize: 2 }, '--pipeline-parallel-size 2'],
    [{ trustRemoteCode: true }, '--trust-remote-code'],
    [{ extraArgs: ['--enforce-eager', '--seed', '1'] }, '--enforce-eager --seed 1'],
  ])('says %j as %s', (props, words) => {
    expect(` ${command(props)} `).toContain(` ${words} `);
  });

  it.each<[Parameters<typeof server>[0], string]>([
    [{ task: 'generate' }, '--runner'],
    [{ dtype: 'auto' }, '--dtype'],
    [{ kvCacheDtype: 'auto' }, '--kv-cache-dtype'],
    [{ cards: 2, pipelineParallelSize: 2 }, '--tensor-parallel-size'],
  ])('leaves to vLLM what %j says', (props, word) => {
    expect(command(props)).not.toContain(word);
  });
});

describe('the secrets of a vLLM server', () => {
  const secrets = { apiKey: Secret.fromVault('vllm/key'), hfToken: Secret.fromVault('hf/token') };

  it('are credentials of systemd, and stand in no command and no environment', () => {
    const synth = server(secrets).host.synth();
    const unit = synth.file(unitPath);
    expect(unit).toContain(
      '\nLoadCredential=api-key.yaml:/etc/vllm/api-key.yaml\nLoadCredential=hf-token:/etc/vllm/hf-token\n',
    );
    expect(unit).toMatch(/^ExecStart=.* --config %d\/api-key\.yaml$/m);
    expect(unit).toMatch(/^Environment=HF_TOKEN_PATH=%d\/hf-token$/m);
    expect(unit).not.toContain('phoenix-secret');
    const root = 'stacks/ai/guests/950/root/etc/vllm';
    expect(synth.file(`${root}/api-key.yaml`)).toBe('api-key: "@@phoenix-secret:yaml:vllm/key@@"\n');
    expect(synth.file(`${root}/hf-token`)).toBe('@@phoenix-secret:raw:hf/token@@');
    const run = synth.steps.find((step) => step.id === 'guest/950/service/vllm/run');
    expect(run).toMatchObject({ secrets: ['vllm/key', 'hf/token'], again: 'restart' });
  });

  it('want nesting, which a finding says', () => {
    const found = (props?: Parameters<typeof server>[0]) =>
      server(props)
        .host.app.synthesize()
        .findings.map(({ code }) => code);
    expect(found(secrets)).toContain('vllm/no-nesting');
    expect(found({ ...secrets, features: { nesting: true } })).not.toContain('vllm/no-nesting');
    expect(found()).not.toContain('vllm/no-nesting');
  });

  it('are refused as texts', () => {
    expect(problemsOf(() => server({ apiKey: 'sk-1' as unknown as Secret }))).toMatchObject([
      { code: 'config/wrong-value' },
    ]);
    expect(problemsOf(() => server({ extraArgs: ['--api-key', secrets.apiKey as unknown as string] }))).toMatchObject([
      { code: 'secret/not-here', keys: ['extraArgs', '1'] },
    ]);
    expect(
      problemsOf(() => server({ environment: { HF_TOKEN: { $secret: 'hf/token' } as unknown as string } })),
    ).toMatchObject([{ code: 'secret/not-here' }]);
  });
});

describe('a vLLM server', () => {
  it.each<[Parameters<typeof server>[0], string]>([
    [{ cards: 0 }, 'vllm/no-gpu'],
    [{ cards: 2, tensorParallelSize: 1 }, 'vllm/gpu-count'],
    [{ cards: 1, tensorParallelSize: 2 }, 'vllm/gpu-count'],
    [{ maxNumSeqs: 64, maxNumBatchedTokens: 32 }, 'vllm/batch'],
  ])('is refused when things do not go together: %j, %s', (props, code) => {
    const { host } = server(props);
    expect(problemsOf(() => host.synth())).toMatchObject([{ code, path: 'ai/qwen' }]);
  });

  it.each<[Parameters<typeof server>[0]]>([
    [{ model: 'a b' }],
    [{ gpuMemoryUtilization: 0 }],
    [{ gpuMemoryUtilization: 1.1 }],
    [{ port: 0 }],
    [{ maxModelLen: 0 }],
    [{ modelFolder: '/' }],
    [{ servedModelName: 'a b' }],
    [{ servedModelName: '--port' }],
    [{ model: '--help' }],
    [{ revision: '-x' }],
  ])('refuses values that vLLM would refuse: %j', (props) => {
    expect(codesOf(() => server(props))).toEqual(['config/wrong-value']);
  });

  it.each(['BAD NAME', '1X', '', 'A=B'])('refuses %j as a variable, which systemd would leave out', (name) => {
    expect(codesOf(() => unitOf({ environment: { [name]: 'x' } }))).toEqual(['systemd/variable']);
  });

  it('names each of its cards once', () => {
    const host = new SmallHost();
    const rootfs = { storage: host.disks, size: '8GiB' } as const;
    const gpus = [host.pve.gpu(0), host.pve.gpu(0)];
    new VllmContainer(host.ai, 'qwen', { from: host.archive, rootfs, gpus, model });
    expect(codesOf(() => host.synth())).toEqual(['gpu/named-twice']);
  });

  it('tells what is wrong with container and server at once', () => {
    expect(codesOf(() => server({ cores: 0, port: 0 }))).toEqual(['config/wrong-value', 'config/wrong-value']);
  });

  it('warns of code from a repository, unless the revision is a commit', () => {
    server({ trustRemoteCode: true }).host.synth().findings.hasWarning('vllm/remote-code', 'ai/qwen');
    const revision = 'a'.repeat(40);
    server({ trustRemoteCode: true, revision }).host.synth().findings.lacks('vllm/remote-code');
  });

  it('keeps models on a dataset that is mounted where the server looks for them', () => {
    const { host } = server();
    const other = new SmallHost();
    const models = other.dataset('models').folder('vllm', { owner: VllmContainer.modelOwner });
    const rootfs = { storage: other.disks, size: '8GiB' } as const;
    const gpus = [other.pve.gpu(0)];
    const props = { vmid: 950, from: other.archive, rootfs, gpus, model, models, modelFolder: '/srv/models' } as const;
    new VllmContainer(other.ai, 'qwen', props);
    other.synth().hasGuestConfig(950, { mp0: '/rpool/models/vllm,mp=/srv/models' });
    other.synth().hasFile(unitPath, Match.stringLike('*Environment=HF_HOME=/srv/models/huggingface\n*'));
    other.synth().hasStep('folder/rpool/models/vllm/folder', { uid: 100_990, gid: 100_990 });
    host.synth().hasGuestConfig(950, { mp0: Match.absent() });
  });

  it.each<[string, (host: SmallHost) => VllmContainerProps['models'], boolean]>([
    ['a folder of its own', (host) => host.dataset('m').folder('v', { owner: VllmContainer.modelOwner }), false],
    ['a folder without an owner', (host) => host.dataset('m').folder('v'), true],
    ['a whole dataset, which has no owner', (host) => host.dataset('m'), true],
  ])('looks whether the server may write models into %s', (_name, models, warned) => {
    const host = new SmallHost();
    const rootfs = { storage: host.disks, size: '8GiB' } as const;
    const props = { from: host.archive, rootfs, gpus: [host.pve.gpu(0)], model, models: models(host) ?? '/none' };
    new VllmContainer(host.ai, 'qwen', props);
    const { findings } = host.synth();
    if (warned) findings.hasWarning('vllm/model-owner', 'ai/qwen');
    else findings.lacks('vllm/model-owner');
  });

  it('puts a new unit into force by running its script again, at the price of a restart of the service', () => {
    const digest = (props: Parameters<typeof server>[0]) =>
      server(props).host.synth().stepOf('guest-run', 'guest/950/service/vllm/run').digest;
    expect(digest({ port: 9000 })).not.toBe(digest({}));
    expect(digest({ memory: '2GiB' })).toBe(digest({}));
    server()
      .host.synth()
      .hasStep('guest/950/service/vllm/run', { again: 'restart', needs: ['guest/950/service/vllm/files'] });
  });

  it('is healthy when its address answers; without an address nobody asks', () => {
    server().host.synth().lacksStep('guest/950/health/vllm');
    const host = new SmallHost();
    const base = { vmid: 950, from: host.archive, rootfs: { storage: host.disks, size: '8GiB' }, model } as const;
    const props = { ...base, gpus: [host.pve.gpu(0)], network: host.lan, address: '10.0.0.50', port: 9000 } as const;
    const qwen = new VllmContainer(host.ai, 'qwen', props);
    host.synth().hasStep('guest/950/health/vllm', { url: 'http://10.0.0.50:9000/health', status: 200 });
    expect(qwen.endpoint).toEqual({ protocol: 'http', port: 9000 });
  });

  it('opens its own port by name', () => {
    const host = new SmallHost();
    const base = { vmid: 950, from: host.archive, rootfs: { storage: host.disks, size: '8GiB' }, model } as const;
    const props = { ...base, gpus: [host.pve.gpu(0)], network: host.lan, address: '10.0.0.50', firewall: {} } as const;
    const qwen = new VllmContainer(host.ai, 'qwen', props);
    qwen.connections.allowDefaultPortFrom(host.lan);
    host
      .synth()
      .hasFile(
        'stacks/ai/root/etc/pve/firewall/950.fw',
        Match.stringLike('*IN ACCEPT -source 10.0.0.0/24 -p tcp -dport 8000*'),
      );
    expect(Port.tcp(8000).toString()).toBe('tcp 8000');
  });

  it.each([
    [{ vllm: '0.15' }, 'vllm/version'],
    [{ vllm: "0.15.1'; id" }, 'vllm/version'],
    [{ vllm: '0.15.1', indexUrl: 'ftp://x' }, 'vllm/index-url'],
    [{ vllm: '0.15.1', indexUrl: 'https://me:hunter22@x' }, 'vllm/index-url'],
    [{ vllm: '0.15.1', indexUrl: "https://x/'" }, 'vllm/index-url'],
  ])('is installed in a version that is given in full: %j, %s', (options, code) => {
    expect(codesOf(() => VllmContainer.runtime(options))).toEqual([code]);
  });
});

describeWithTool('systemd-analyze', 'the unit of a vLLM server', () => {
  it('is one that systemd takes without a word, with the words that were meant', () => {
    const environment = { NOTE: 'it\'s "100%" $HOME \\ é' };
    const extraArgs = ['--chat-template', '{% for m in messages %}{{ m }} $x it\'s "so"'];
    const program = '/opt/vllm/bin/vllm';
    const unit = readUnit(unitOf({ environment, extraArgs }), [program]);
    expect(unit.complaints).toBe('');
    expect(unit.environment).toContain(`NOTE=${environment.NOTE}`);
    expect(unit.commands[0]?.slice(-2).map((word) => word.replaceAll('$$', '$'))).toEqual(extraArgs);
  });
});
