// Writes docs/reference/configuration.md from the schema of the Configuration. Run by `npm run reference` after a
// build; a test fails while the page and the schema differ.
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { referencePage } from '../dist/daemon/configuration/reference.js';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
writeFileSync(join(root, 'docs/reference/configuration.md'), referencePage());
