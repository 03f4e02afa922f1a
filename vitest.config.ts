import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** `import 'bpfrun/x'`, as users write it, means the sources here, so that no test sees an old build. */
const room = (name: string): string => fileURLToPath(new URL(`src/${name}index.ts`, import.meta.url));

export default defineConfig({
  resolve: {
    alias: [
      { find: /^bpfrun$/, replacement: room('') },
      ...['isa', 'btf', 'packet', 'report', 'kernel'].map((name) => ({
        find: `bpfrun/${name}`,
        replacement: room(`${name}/`),
      })),
    ],
  },
  test: {
    include: [
      'src/**/*.test.ts',
      'test/**/*.test.ts',
      'examples/**/*.test.ts',
      'bench/**/*.test.ts',
      'scripts/**/*.test.ts',
    ],
    testTimeout: 30_000,
    globalSetup: 'test/say-which-kernel.ts',
  },
});
