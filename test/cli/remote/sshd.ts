import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { onTestFinished, vi } from 'vitest';
import { assetPath } from '../../../src/base/package-root.js';
import { Hosts, temporaryFolder } from './hosts.js';

/** A real sshd on the loopback with a port a node; whoever comes in by that is on that node. Gone with the test. */
export class Sshd {
  readonly hosts: Hosts;
  private readonly folder = temporaryFolder();

  static async start(...names: readonly string[]): Promise<Sshd> {
    const sshd = new Sshd(names, await Promise.all(names.map(freePort)));
    await Promise.all(sshd.ports.map(answers));
    return sshd;
  }

  private constructor(
    names: readonly string[],
    private readonly ports: readonly number[],
  ) {
    this.hosts = new Hosts(...names);
    for (const key of ['host', 'user', 'stranger', 'ci']) {
      execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(this.folder, key)]);
    }
    const known = execFileSync('cut', ['-d', ' ', '-f', '1,2', join(this.folder, 'host.pub')], { encoding: 'utf8' });
    writeFileSync(join(this.folder, 'known'), ports.map((port) => `[127.0.0.1]:${port} ${known}`).join(''));
    const [user, ci] = ['user', 'ci'].map((key) => readFileSync(join(this.folder, `${key}.pub`), 'utf8'));
    const gate = `command="${assetPath('remote/phoenix-receive')}",restrict`;
    writeFileSync(join(this.folder, 'authorized_keys'), `${user}${gate} ${ci}`);
    writeFileSync(join(this.folder, 'ssh_config'), this.clientConfig(names));
    writeFileSync(join(this.folder, 'sshd_config'), this.serverConfig(names));
    vi.stubEnv('PHOENIX_SSH', `ssh -F ${join(this.folder, 'ssh_config')}`);
    const server = this.run();
    onTestFinished(() => void server.kill());
  }

  private run(): ChildProcess {
    // where sshd looks for it when root starts it, and no service has made it
    if (userInfo().uid === 0 && !existsSync('/run/sshd')) mkdirSync('/run/sshd');
    return spawn('/usr/sbin/sshd', ['-D', '-e', '-f', join(this.folder, 'sshd_config')], { stdio: 'ignore' });
  }

  /** `NAME`; `ci`, whose key may only bring what is signed; `stranger`, with a key that nobody knows; `forger`, whose host key is another; `nobody`, where nothing listens. */
  private clientConfig(names: readonly string[]): string {
    const host = (name: string, port = 0, key = 'user', known = `${this.folder}/known`) =>
      `Host ${name}\n  HostName 127.0.0.1\n  Port ${port}\n  IdentityFile ${this.folder}/${key}\n  UserKnownHostsFile ${known}\n`;
    const [port] = this.ports;
    return [
      ...names.map((name, index) => host(name, this.ports[index])),
      host('stranger', port, 'stranger'),
      host('ci', port, 'ci'),
      host('forger', port, 'user', '/dev/null'),
      host('nobody', 1),
      `Host *\n  User ${userInfo().username}\n  IdentitiesOnly yes\n  StrictHostKeyChecking yes\n  IdentityAgent none\n`,
    ].join('');
  }

  private serverConfig(names: readonly string[]): string {
    const matches = names.map((name, index) => {
      const { env } = this.hosts.get(name);
      return `Match LocalPort ${this.ports[index]}\n  SetEnv "PATH=${env.PATH}" PHOENIX_ROOT=${env.PHOENIX_ROOT}\n`;
    });
    return [
      ...this.ports.map((port) => `Port ${port}\n`),
      `ListenAddress 127.0.0.1\nHostKey ${this.folder}/host\nAuthorizedKeysFile ${this.folder}/authorized_keys\nPidFile none\n`,
      'StrictModes no\nUsePAM no\nPasswordAuthentication no\nKbdInteractiveAuthentication no\nPermitRootLogin yes\n',
      ...matches,
    ].join('');
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

async function answers(port: number): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    const isOpen = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(true));
      socket.on('error', () => resolve(false)).on('connect', () => socket.destroy());
    });
    if (isOpen) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`no sshd answers on port ${port}`);
}
