import { describe, expect, it } from 'vitest';
import { environmentAssignment, execWords } from '../../src/format/systemd.js';

describe('the words of a command in a unit', () => {
  it('are bare where nothing in them is special', () => {
    expect(execWords(['/opt/vllm/bin/vllm', 'serve', 'Qwen/Qwen3-8B', '--port=8000'])).toBe(
      '/opt/vllm/bin/vllm serve Qwen/Qwen3-8B --port=8000',
    );
  });

  it.each([
    ['', '""'],
    ['a b', '"a b"'],
    ['100%', '"100%%"'],
    ['$HOME', '"$$HOME"'],
    ['${x}', '"$${x}"'],
    ['a"b', '"a\\"b"'],
    ['a\\b', '"a\\\\b"'],
    [';', '";"'],
    ["it's", '"it\'s"'],
    ['{"a": 1}', '"{\\"a\\": 1}"'],
  ])('keep %j as it is', (word, text) => {
    expect(execWords([word])).toBe(text);
  });

  it.each(['a\nb', 'a\rb', 'a\0b'])('cannot hold %j', (word) => {
    expect(() => execWords(['x', word])).toThrow('systemd/newline');
    expect(() => environmentAssignment('A', word)).toThrow('systemd/newline');
  });
});

describe('a variable of a unit', () => {
  it('is quoted as a whole, and only a specifier is doubled', () => {
    expect(environmentAssignment('HF_HOME', '/models/hf')).toBe('HF_HOME=/models/hf');
    expect(environmentAssignment('A', 'b c')).toBe('"A=b c"');
    expect(environmentAssignment('A', '50%')).toBe('"A=50%%"');
    expect(environmentAssignment('A', '$B')).toBe('"A=$B"');
    expect(environmentAssignment('A', 'say "x"')).toBe('"A=say \\"x\\""');
  });
});
