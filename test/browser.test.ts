/** The built library in headless Chromium: the same bytes give the same result as in Node. */
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) =>
  existsSync(path),
);
const OBJECT = 'examples/xdp-firewall/xdp_firewall.bpf.o';
const CAPTURE = 'examples/xdp-firewall/traffic.pcap';

const PAGE = `<!doctype html><script type="importmap">
{ "imports": { "bpfrun": "/dist/index.js", "bpfrun/packet": "/dist/packet/index.js" } }
</script>`;

const RUN = `
const { open } = await import('bpfrun');
const { readCapture } = await import('bpfrun/packet');
const bytes = async (path) => new Uint8Array(await (await fetch(path)).arrayBuffer());
const object = await open(await bytes('/${OBJECT}'));
const retvals = [];
for (const { data } of readCapture(await bytes('/${CAPTURE}'))) retvals.push(object.program().testRun({ dataIn: data }).retval);
return retvals;
`;

const TYPES: Readonly<Record<string, string>> = { '.js': 'text/javascript', '.html': 'text/html' };

describe.runIf(CHROMIUM !== undefined || process.env['CI'] !== undefined)(
  `the library in ${CHROMIUM ?? 'Chromium (not installed)'}`,
  () => {
    let server: Server;
    let origin = '';

    beforeAll(async () => {
      server = createServer((request, response) => {
        const path = (request.url ?? '/').split('?')[0] ?? '/';
        const file = join(ROOT, normalize(path));
        if (path === '/') {
          response.setHeader('content-type', 'text/html').end(PAGE);
        } else if (file.startsWith(ROOT) && existsSync(file)) {
          response
            .setHeader('content-type', TYPES[extname(file)] ?? 'application/octet-stream')
            .end(readFileSync(file));
        } else {
          response.writeHead(404).end();
        }
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    });

    afterAll(() => server.close());

    it('runs the firewall over its capture with the same verdicts as in Node', {
      timeout: 60_000,
    }, async () => {
      const { open } = await import('../src/index.ts');
      const { readCapture } = await import('../src/packet/index.ts');
      const object = await open(readFileSync(join(ROOT, OBJECT)));
      const here = [...readCapture(readFileSync(join(ROOT, CAPTURE)))].map(
        ({ data }) => object.program().testRun({ dataIn: data }).retval,
      );

      const { chromium } = await import('playwright-core');
      const browser = await chromium.launch({
        executablePath: CHROMIUM ?? '/usr/bin/chromium',
        args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--no-first-run'],
      });
      try {
        const page = await browser.newPage();
        await page.goto(origin);
        const there = await page.evaluate(`(async () => { ${RUN} })()`);
        expect(there).toEqual(here);
        expect(here.length).toBeGreaterThan(50);
      } finally {
        await browser.close();
      }
    });
  },
);
