/** `npm run record`: writes test/truth/*.json anew from the kernel of this machine. Needs root. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/*.truth.test.ts', 'test/maps/create.test.ts', 'test/maps/operations.test.ts'],
    testTimeout: 30_000,
    env: { BPFRUN_RECORD: '1' },
    globalSetup: 'test/say-which-kernel.ts',
  },
});
