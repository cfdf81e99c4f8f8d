import type { TreeNode } from '../model/manifest.js';
import type { Style } from './style.js';

/** The construct tree: each construct's id, its class, and what it is on the host. */
export function treeText(app: string, root: TreeNode, style: Style): string {
  const lines = [`${style.strong(app)}  ${style.dim(root.type)}`];
  addChildren(root, '', lines, style);
  return lines.join('\n');
}

function addChildren(node: TreeNode, indent: string, lines: string[], style: Style): void {
  const children = node.children ?? [];
  children.forEach((child, index) => {
    const isLast = index === children.length - 1;
    lines.push(`${style.dim(indent + (isLast ? '└─ ' : '├─ '))}${constructText(child, style)}`);
    addChildren(child, indent + (isLast ? '   ' : '│  '), lines, style);
  });
}

function constructText({ id, type, identity }: TreeNode, style: Style): string {
  return [id, style.dim(type), ...(identity === undefined ? [] : [identity])].join('  ');
}
