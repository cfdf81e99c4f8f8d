import { expect, test } from 'vitest';
import { call, evaluate } from './perl.js';

test('Unknown::because throws an object of its own kind, which nobody takes for an absence', async () => {
  await expect(call('Unknown::because', 'the disk is asleep')).rejects.toThrow('Unknown: the disk is asleep');
  expect(await evaluate('eval { Unknown::because("x") }; (ref $@, $@->{reason})')).toEqual(['Unknown', 'x']);
});
