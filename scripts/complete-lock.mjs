// Adds what npm leaves out of package-lock.json: optional platform packages that the registry in reach does not have.
// npm 11's `npm ci` refuses a lock without them. Run after each `npm install`.
import { readFileSync, writeFileSync } from 'node:fs';

const lock = JSON.parse(readFileSync('package-lock.json', 'utf8'));
let added = 0;
for (const entry of Object.values({ ...lock.packages })) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const path = `node_modules/${name}`;
    if (lock.packages[path]) continue;
    const [, os = 'none', cpu = 'none'] =
      /-(android|darwin|linux|win32|freebsd|openharmony|wasm32|wasi)-?(\w+)?/.exec(name) ?? [];
    lock.packages[path] = {
      version: version.replace(/^[\^~]/, ''),
      cpu: [cpu],
      optional: true,
      os: [os],
      dev: true,
    };
    // never a match here: the linux packages that exist are in the lock already
    if (name.includes('musl')) lock.packages[path].libc = ['musl'];
    added++;
  }
}
lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync('package-lock.json', `${JSON.stringify(lock, null, 2)}\n`);
console.log(`${added} entries added`);
