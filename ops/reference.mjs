// Writes the reference pages that are derived from code: configuration, command lines. Run by
// `npm run reference` after a build; a test fails while a page and the code differ.
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { referencePages } from '../dist/daemon/test/reference-pages.js';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
for (const [path, text] of referencePages()) writeFileSync(join(root, path), text);
