import { describe, expect, it } from 'vitest';
import { acknowledge } from '../../src/core/acknowledge.js';
import type { Finding } from '../../src/model/finding.js';

const at = (path: string, severity: Finding['severity'] = 'warning'): Finding => ({
  code: 'gpu/tight',
  severity,
  path,
  message: 'little',
});
const word = (paths?: readonly string[]) => ({ code: 'gpu/tight', reason: 'measured', paths });

describe('acknowledge', () => {
  it('marks findings of the code everywhere, and keeps them', () => {
    expect(acknowledge([at('pve'), at('ai/qwen', 'info')], [word()])).toEqual([
      { ...at('pve'), acknowledged: 'measured' },
      { ...at('ai/qwen', 'info'), acknowledged: 'measured' },
    ]);
  });

  it('keeps to the constructs that it names, each with all below', () => {
    const marked = acknowledge([at('ai'), at('ai/qwen'), at('ai2'), at('web')], [word(['ai'])]);
    expect(marked.map(({ acknowledged }) => acknowledged !== undefined)).toEqual([true, true, false, false]);
  });

  it('takes the root for everything', () => {
    expect(acknowledge([at('ai/qwen')], [word([''])])).toEqual([{ ...at('ai/qwen'), acknowledged: 'measured' }]);
  });

  it('takes the word nearest to the finding where there are several, and each that concerns it counts as used', () => {
    const words = [word(), { ...word(['ai']), reason: 'ours' }, { ...word(['ai/qwen']), reason: 'its own' }];
    const marked = acknowledge([at('ai/qwen'), at('ai/embed'), at('pve')], words);
    expect(marked.map(({ acknowledged }) => acknowledged)).toEqual(['its own', 'ours', 'measured']);
    expect(acknowledge([at('ai/qwen')], words)).toHaveLength(1);
  });

  it('leaves errors errors', () => {
    const [finding] = acknowledge([at('pve', 'error')], [word()]);
    expect(finding).toEqual(at('pve', 'error'));
  });

  it('reports words about nothing', () => {
    expect(acknowledge([at('pve')], [word(['ai']), { ...word(), code: 'gpu/gone' }])).toEqual([
      at('pve'),
      expect.objectContaining({
        code: 'acknowledge/nothing-found',
        severity: 'info',
        path: 'ai',
        fix: expect.any(String),
      }),
      expect.objectContaining({
        code: 'acknowledge/nothing-found',
        path: '',
        message: expect.stringContaining('gpu/gone'),
      }),
    ]);
  });

  it('changes nothing that it was handed', () => {
    const finding = Object.freeze(at('pve'));
    acknowledge([finding], [word()]);
    expect(finding).toEqual(at('pve'));
  });
});
