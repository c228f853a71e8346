// The cases of every property test are the same in each `npm test`: what a change did decides the outcome, not the draw.
// `npm run fuzz` draws others.
import fc from 'fast-check';

fc.configureGlobal({ seed: Number(process.env['TCX_FUZZ_SEED'] ?? 1) });
