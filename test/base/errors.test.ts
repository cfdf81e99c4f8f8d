import { describe, expect, it } from 'vitest';
import { collectProblems, PhoenixError, problemText } from '../../src/base/errors.js';

const problem = {
  code: 'size/invalid',
  message: "'8GB' is not a size",
  path: 'ai/qwen',
  value: '8GB',
  fix: "write '8GiB'",
};

describe('a PhoenixError', () => {
  it('says every problem, a line for each, the way out below it', () => {
    const error = new PhoenixError([problem, { code: 'app/name', message: 'no name' }]);
    expect(error.message).toBe("size/invalid  ai/qwen: '8GB' is not a size\n      → write '8GiB'\napp/name  no name");
    expect(error.name).toBe('PhoenixError');
    expect(error.problems).toHaveLength(2);
  });

  it('takes one problem as well as a list', () => {
    expect(new PhoenixError(problem).problems).toEqual([problem]);
  });

  it('is known by its mark, also when another copy of the library made it', () => {
    const foreign = { [Symbol.for('phoenix-cdk.PhoenixError')]: true, problems: [] };
    expect(PhoenixError.isPhoenixError(new PhoenixError(problem))).toBe(true);
    expect(PhoenixError.isPhoenixError(foreign)).toBe(true);
    for (const other of [new Error('x'), null, undefined, 'text', {}]) {
      expect(PhoenixError.isPhoenixError(other)).toBe(false);
    }
  });
});

describe('collectProblems', () => {
  const fail = (code: string) => () => {
    throw new PhoenixError([
      { code, message: '1' },
      { code, message: '2' },
    ]);
  };

  it('runs every action and keeps all problems in order', () => {
    const done: string[] = [];
    const problems = collectProblems([fail('a/a'), () => void done.push('between'), fail('b/b')]);
    expect(problems.map(({ code }) => code)).toEqual(['a/a', 'a/a', 'b/b', 'b/b']);
    expect(done).toEqual(['between']);
  });

  it('lets other errors pass at once', () => {
    const done: string[] = [];
    const action = () => {
      throw new TypeError('ours');
    };
    expect(() => collectProblems([action, () => void done.push('after')])).toThrow(TypeError);
    expect(done).toEqual([]);
  });
});

it('problemText leaves out what is not there', () => {
  expect(problemText({ code: 'a/b', message: 'c' })).toBe('a/b  c');
});
