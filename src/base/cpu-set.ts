/** Whether the text names processors as Proxmox reads them: `0-3,8`, no range from a higher number to a lower one. */
export function isCpuSet(text: string): boolean {
  return text.split(',').every((part) => {
    const [, from, to] = /^(\d+)(?:-(\d+))?$/.exec(part) ?? [];
    return from !== undefined && Number(from) <= Number(to ?? from);
  });
}
