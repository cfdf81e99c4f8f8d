import {
  appendFileSync,
  chmodSync,
  chownSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import type { SimulatedNode } from '../../../src/testing/simulated-node.js';

/** What somebody does to a node behind the applier's back. */
export interface Change {
  /** As they would write it down. */
  readonly how: string;
  readonly make: (node: SimulatedNode) => void;
}

/** A command line of the node; it has to succeed. */
export function command(line: string): Change {
  return {
    how: line,
    make: (node) => {
      const { status, stderr } = node.run(['bash', '-c', line]);
      if (status !== 0) {
        throw new Error(`${line}: exit ${status}: ${stderr}`);
      }
    },
  };
}

/** An editor: the first place of a text becomes another. */
export function edit(path: string, from: string, to: string): Change {
  return {
    how: `edit ${path}`,
    make: (node) => {
      const text = readFileSync(node.path(path), 'utf8');
      if (!text.includes(from)) {
        throw new Error(`${path} has no ${JSON.stringify(from)}:\n${text}`);
      }
      writeFileSync(
        node.path(path),
        text.replace(from, () => to),
      );
    },
  };
}

export function append(path: string, text: string): Change {
  return { how: `edit ${path}`, make: (node) => appendFileSync(node.path(path), text) };
}

export function write(path: string, text: string): Change {
  return {
    how: `write ${path}`,
    make: (node) => {
      mkdirSync(dirname(node.path(path)), { recursive: true });
      writeFileSync(node.path(path), text);
    },
  };
}

export function remove(path: string): Change {
  return { how: `rm -r ${path}`, make: (node) => rmSync(node.path(path), { recursive: true }) };
}

export function move(from: string, to: string): Change {
  return {
    how: `mv ${from} ${to}`,
    make: (node) => {
      mkdirSync(dirname(node.path(to)), { recursive: true });
      renameSync(node.path(from), node.path(to));
    },
  };
}

export function link(path: string, target: string): Change {
  return { how: `ln -s ${target} ${path}`, make: (node) => symlinkSync(target, node.path(path)) };
}

export function folder(path: string): Change {
  return { how: `mkdir ${path}`, make: (node) => mkdirSync(node.path(path)) };
}

export function mode(path: string, bits: number): Change {
  return { how: `chmod ${bits.toString(8)} ${path}`, make: (node) => chmodSync(node.path(path), bits) };
}

export function owner(path: string, uid: number, gid: number): Change {
  return { how: `chown ${uid}:${gid} ${path}`, make: (node) => chownSync(node.path(path), uid, gid) };
}

/** A change that comes about in another way on a real node: the end of a backup, which here is an edit. */
export function by(how: string, change: Change): Change {
  return { ...change, how };
}

/** What only the simulation can bring about: a failed disk, a crash. */
export function happens(how: string, make: (node: SimulatedNode) => void): Change {
  return { how, make };
}
