// The reference pages are what the code says.

import { expect, test } from 'vitest';
import { referencePages } from './reference-pages.ts';
import { textOf } from './source-tree.ts';

test.each([...referencePages()])('%s is what the code says (npm run reference writes it)', (path, text) => {
  expect(textOf(path)).toBe(text);
});
