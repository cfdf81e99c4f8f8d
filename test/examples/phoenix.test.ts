import { Size } from 'phoenix-cdk';
import { type Synthesized, synthesized } from 'phoenix-cdk/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { phoenixApp } from '../../examples/phoenix/app.js';
import { gatewaySite } from '../../examples/phoenix/gateway-site.js';

/** VMID: construct, address, last pair of the MAC, cores, memory in MiB, root disk in GiB. */
const guests = {
  900: ['templates/base', 200, 'AA:BB:CC', 2, 2048, 16],
  901: ['templates/gpu', 201, 'AA:BB:CD', 2, 2048, 16],
  902: ['templates/docker', 202, 'AA:BB:CE', 2, 2048, 16],
  903: ['templates/docker-gpu', 203, 'AA:BB:CF', 2, 2048, 16],
  910: ['ai/portainer', 99, '67:89:99', 6, 2048, 32],
  920: ['templates/vllm', 220, 'AA:BB:D1', 10, 8192, 32],
  950: ['ai/qwen', 150, '67:89:B0', 6, 16_384, 64],
  951: ['ai/embed', 151, '67:89:B1', 6, 8192, 64],
  952: ['ai/qdrant', 152, '67:89:B2', 2, 2048, 32],
  953: ['ai/nginx', 153, '67:89:B3', 4, 1024, 32],
  954: ['ai/n8n', 154, '67:89:B4', 2, 2048, 32],
  955: ['ai/ollama', 155, '67:89:B5', 6, 10_240, 64],
  956: ['ai/open-webui', 156, '67:89:B6', 2, 2048, 32],
  957: ['ai/llamacpp', 157, '67:89:B7', 6, 10_240, 64],
  960: ['ai/monitoring', 160, '67:89:C0', 4, 4096, 64],
} as const;

const templates = [900, 901, 902, 903, 920];

describe('the program of the host phoenix', () => {
  let made: Synthesized;
  const numbers = Object.keys(guests).map(Number);
  const running = numbers.filter((vmid) => !templates.includes(vmid));
  const config = (vmid: number) => made.guestConfig(vmid);
  const firewall = (vmid: number) =>
    made.file(`stacks/${templates.includes(vmid) ? 'templates' : 'ai'}/root/etc/pve/firewall/${vmid}.fw`);
  const rules = (vmid: number) =>
    firewall(vmid)
      .split('\n')
      .filter((line) => /^(IN|OUT) /.test(line));

  beforeAll(() => {
    made = synthesized(phoenixApp());
  });

  it('makes each guest with its number, address, hardware address and sizes', () => {
    const found = Object.fromEntries(
      numbers.map((vmid) => {
        const { net0 = '', cores, memory, rootfs = '' } = config(vmid);
        const [, mac] = /hwaddr=52:54:00:([^,]+)/.exec(net0) ?? [];
        const [, address] = /ip=10\.0\.0\.(\d+)\/24/.exec(net0) ?? [];
        const [, size] = /size=(\d+)G/.exec(rootfs) ?? [];
        const { path } = made.step(`guest/${vmid}/create`);
        return [vmid, [path, Number(address), mac, Number(cores), Number(memory), Number(size)]];
      }),
    );
    expect(found).toEqual(guests);
    const created = made.steps.filter((step) => step.kind === 'guest-create');
    expect(created.filter(({ type }) => type === 'lxc')).toHaveLength(numbers.length);
  });

  it('makes the machines of the monolith: an image, a template of it, and its clone that runs Docker', () => {
    expect(made.step('guest/8000/template')).toMatchObject({ kind: 'guest-template', type: 'qemu' });
    expect(made.step('guest/8001/create')).toMatchObject({ source: { from: 'clone', vmid: 8000, mode: 'linked' } });
    const user = made.file('stacks/machines/root/fastData/shared-iso/snippets/phoenix-8001-user.yaml');
    expect(user).toMatch(/^#cloud-config\nhostname: docker-vm-01\nuser: phoenix_user\n/);
    expect(user).toContain('  - docker.io\n');
    const network = made.file('stacks/machines/root/fastData/shared-iso/snippets/phoenix-8001-network.yaml');
    expect(network).toContain('- "10.0.0.101/24"');
  });

  it('gives out nothing by itself, so that there is no lock file to keep', () => {
    expect([...made.pinned]).toEqual([]);
  });

  it('leaves no finding without a reason', () => {
    expect(made.findings.all.filter((finding) => finding.acknowledged === undefined)).toEqual([]);
    expect(made.findings.all.map((finding) => finding.code)).toEqual(['gpu/unbounded-neighbour']);
  });

  it('switches the firewall on, and lets in who administers the host', () => {
    const entries = (id: string) => made.steps.find((step) => step.id === id);
    expect(entries('firewall/cluster/options')).toMatchObject({
      options: expect.arrayContaining([{ name: 'enable', value: '1' }]),
    });
    expect(entries('firewall/cluster/entries')).toMatchObject({
      ipsets: [{ name: 'management', lines: ['10.0.0.0/24 # the house'] }],
    });
    expect(entries('firewall/host/entries')).toMatchObject({
      rules: [
        'IN Ping(ACCEPT) -source 10.0.0.0/24 # is it there? (phoenix-cdk app=phoenix)',
        "IN SMB(ACCEPT) -source 10.0.0.0/24 # people's files (phoenix-cdk app=phoenix)",
        'IN ACCEPT -source 10.0.0.0/24 -p tcp -dport 2049 # NFS (phoenix-cdk app=phoenix)',
      ],
    });
  });

  it('leaves memory for the machine 8001, the host and its cache', () => {
    const limits = running.reduce((sum, vmid) => sum + Number(config(vmid)['memory']), 0);
    expect(limits).toBe(57 * 1024);
  });

  it('keeps all root disks below the quota of their dataset', () => {
    const quota = made
      .stepOf('zfs-dataset', 'zfs/quickOS/lxc-disks/dataset')
      .properties.find(({ name }) => name === 'quota');
    const disks = Object.values(guests).reduce((sum, [, , , , , size]) => sum + size, 0);
    expect(Size.gib(disks).toBytes()).toBeLessThan(Number(quota?.value));
  });

  it('shares card 0 between the vLLM servers by their shares, and card 1 between the others', () => {
    const cards = Object.fromEntries(
      running.map((vmid) => [vmid, Object.values(config(vmid)).filter((value) => /^\/dev\/nvidia\d/.test(value))]),
    );
    const users = Object.entries(cards).filter(([, devices]) => devices.length > 0);
    expect(users).toEqual([
      ['950', ['/dev/nvidia0,mode=0666']],
      ['951', ['/dev/nvidia0,mode=0666']],
      ['955', ['/dev/nvidia1,mode=0666']],
      ['957', ['/dev/nvidia1,mode=0666']],
    ]);
    const shares = [950, 951].map((vmid) => Number(/--gpu-memory-utilization (\S+)/.exec(unit(vmid))?.[1]));
    expect(shares).toEqual([0.8, 0.12]);
  });

  it('passes the settings of 950 and 951 to vLLM once', () => {
    expect(unit(950)).toContain(
      'ExecStart=/opt/vllm/bin/vllm serve Qwen/Qwen2.5-7B-Instruct-AWQ --host 0.0.0.0 --port 8000 ' +
        '--revision b25037543e9394b818fdfca67ab2a00ecc7dd641 --served-model-name qwen2.5-7b-awq --quantization awq_marlin --dtype float16 ' +
        '--max-model-len 32768 --max-num-seqs 1 --max-num-batched-tokens 8192 --gpu-memory-utilization 0.8\n',
    );
    expect(unit(951)).toContain('--runner pooling --max-model-len 1024 --gpu-memory-utilization 0.12\n');
    expect(unit(950)).not.toContain('trust-remote-code');
  });

  it('confines every guest, and adds no raw line but the one that waits for a dataset', () => {
    for (const vmid of numbers) {
      expect(config(vmid)['unprivileged']).toBe('1');
      const raw = made
        .rawLines(vmid)
        .filter(([key, value]) => key !== 'lxc.hook.pre-start' || !value.includes('mountpoint -q'));
      expect(raw).toEqual([]);
    }
  });

  it('mounts each folder once, keys for reading only, and n8n gets none', () => {
    const mounts = (vmid: number) =>
      Object.entries(config(vmid)).flatMap(([key, value]) => (key.startsWith('mp') ? [value] : []));
    expect(mounts(950)).toEqual(['/fastData/shared-bulk-data/vllm_models,mp=/vllm_models']);
    expect(mounts(953)).toEqual([
      '/quickOS/shared-prod-data/ssl,mp=/etc/nginx/ssl,ro=1',
      '/quickOS/shared-prod-data/logs/nginx,mp=/logs/nginx',
    ]);
    expect(mounts(954)).toHaveLength(1);
    expect(mounts(954)[0]).toMatch(/^quickOS-shared-prod-data-volumes:.*,mp=\/home\/node\/\.n8n,.*size=10G/);
  });

  it('lets clients in at the gateway, and the gateway in at the guests', () => {
    expect(rules(953).map(withoutComment)).toEqual([
      'IN ACCEPT -source 10.0.0.0/24 -p tcp -dport 80',
      'IN ACCEPT -source 10.0.0.0/24 -p tcp -dport 443',
    ]);
    const ports = {
      910: 9443,
      950: 8000,
      951: 8000,
      952: 6333,
      954: 5678,
      955: 11_434,
      956: 8080,
      957: 8081,
      960: 3000,
    };
    for (const [vmid, port] of Object.entries(ports)) {
      expect(firewall(Number(vmid))).toContain('enable: 1\n');
      expect(firewall(Number(vmid))).toContain('policy_in: DROP\n');
      expect(rules(Number(vmid)).map(withoutComment)).toContain(`IN ACCEPT -source 10.0.0.153 -p tcp -dport ${port}`);
    }
    expect(templates.flatMap(rules)).toEqual([]);
  });

  it('lets Prometheus and the health check in where they ask, and nobody else anywhere', () => {
    const others = running
      .filter((vmid) => vmid !== 953)
      .flatMap((vmid) => rules(vmid).map((rule) => `${vmid} ${withoutComment(rule)}`));
    expect(others.filter((rule) => !rule.includes('-source 10.0.0.153 '))).toEqual([
      '950 IN ACCEPT -source 10.0.0.13 -p tcp -dport 8000',
      '950 IN ACCEPT -source 10.0.0.160 -p tcp -dport 8000',
      '951 IN ACCEPT -source 10.0.0.13 -p tcp -dport 8000',
      '951 IN ACCEPT -source 10.0.0.160 -p tcp -dport 8000',
      '952 IN ACCEPT -source 10.0.0.160 -p tcp -dport 6333',
      '955 IN ACCEPT -source 10.0.0.156 -p tcp -dport 11434',
      '957 IN ACCEPT -source 10.0.0.160 -p tcp -dport 8081',
    ]);
  });

  it('starts the gateway first, and the second server of a card when the first has its part', () => {
    expect(running.map((vmid) => [vmid, config(vmid)['startup']])).toEqual([
      [910, 'order=4,up=5'],
      [950, 'order=3,up=90'],
      [951, 'order=3,up=5'],
      [952, 'order=3,up=5'],
      [953, 'order=1,up=5'],
      [954, 'order=3,up=5'],
      [955, 'order=2,up=5'],
      [956, 'order=3,up=5'],
      [957, 'order=2,up=5'],
      [960, 'order=4,up=5'],
    ]);
    for (const vmid of running.filter((number) => number !== 953)) {
      expect(made.step(`guest/${vmid}/start`).needs.some((need) => need.startsWith('guest/953/'))).toBe(true);
    }
    expect(made.step('guest/951/start').needs.some((need) => need.startsWith('guest/950/'))).toBe(true);
  });

  it('makes storages only of datasets that no people share', () => {
    const storages = made.steps.flatMap((step) => (step.kind === 'storage' ? [step.storage] : [])).sort();
    expect(storages).toEqual([
      'fastData-shared-backups',
      'fastData-shared-iso',
      'quickOS-lxc-disks',
      'quickOS-shared-prod-data-volumes',
      'quickOS-vm-disks',
    ]);
  });

  it('refers to the pools and makes none', () => {
    const pools = made.steps.flatMap((step) => (step.kind === 'zfs-pool' ? [[step.pool, step.create]] : []));
    expect(pools).toEqual([
      ['fastData', undefined],
      ['quickOS', undefined],
    ]);
  });

  it('asks the router for names, and nobody else', () => {
    expect([...made.files.values()].join('\n')).not.toContain('8.8.8.8');
  });

  it('pins every image and release that it fetches', () => {
    const scripts = [...made.files].filter(([path]) => path.endsWith('.sh')).map(([, text]) => text);
    const images = scripts.flatMap((text) => [...text.matchAll(/^ +image: (\S+)$/gm)].map((match) => match[1]));
    expect(images).toHaveLength(6);
    images.forEach((image) => expect(image).toMatch(/:v?\d+\.\d+\.\d+$/));
    scripts.forEach((text) => expect(text).not.toContain(':latest'));
  });

  function unit(vmid: number): string {
    return made.file(`stacks/ai/guests/${vmid}/root/etc/systemd/system/vllm.service`);
  }
});

describe('the site of the gateway', () => {
  it('has one server a name, with all places of it', () => {
    const site = gatewaySite([
      { name: 'api', address: '10.0.0.150', port: 8000, path: '/v1/' },
      { name: 'api', address: '10.0.0.151', port: 8000, path: '/v1/embeddings' },
      { name: 'portainer', address: '10.0.0.99', port: 9443, tls: true },
    ]);
    expect(site.match(/server_name .*/g)).toEqual(['server_name api.*;', 'server_name portainer.*;']);
    expect(site.match(/location .*|proxy_pass .*/g)).toEqual([
      'location /v1/ {',
      'proxy_pass http://10.0.0.150:8000;',
      'location /v1/embeddings {',
      'proxy_pass http://10.0.0.151:8000;',
      'location / {',
      'proxy_pass https://10.0.0.99:9443;',
    ]);
  });
});

function withoutComment(rule: string): string {
  return rule.replace(/ #.*$/, '');
}
