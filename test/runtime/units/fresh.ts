import { call, evaluate } from './perl.js';
import { root } from './root.js';

/** A host that has seen nothing yet of this folder. */
export const fresh = (folder: string) => ({ $code: `Host->new(root => '${folder}')` });

/** The same, of a folder with these files. */
export const having = (files: Readonly<Record<string, string>>) => fresh(root(files));

/** What such a host answers. */
export const ask = (files: Readonly<Record<string, string>>, name: string, ...words: readonly unknown[]) =>
  call(name, having(files), ...words);

/** A host on which one command was answered so, and that has looked at nothing else. */
export const answering = (answer: readonly [number, ...string[]], more = '') => ({
  $code: `bless Host->new(answers => [ [ ${answer[0]}, ${answer
    .slice(1)
    .map((line) => `"${line}"`)
    .join(', ')} ] ], ${more}), 'AnsweringHost'`,
});

/** What is told of questions to a host while somebody listens: `question operand`, and the answer. */
export const told = (folder: string, code: string) =>
  evaluate(
    `my $host = shift; my @told; local $Host::told = sub { push @told, [ "$_[0] $_[1]", $_[2] ] }; ${code}; @told`,
    fresh(folder),
  );
