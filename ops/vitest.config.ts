// How `vitest run` finds and bounds the tests. Sources only: dist/ holds compiled copies of the same tests.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['daemon/**/*.test.ts', 'bench/**/*.test.ts'],
    exclude: ['**/node_modules/**', 'dist/**', 'build/**'],
    pool: 'forks',
    // Many tests wait for real processes: two at a time fill two cores, where the default of one leaves them idle.
    maxWorkers: 2,
    // For what hangs: whatever a slow machine takes fits many times over.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    passWithNoTests: false,
  },
});
