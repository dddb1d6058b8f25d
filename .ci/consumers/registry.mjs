// A registry that has one package, as it would be published, and sends everybody to the real registry for all others:
//
//     node registry.mjs <tarball> <real registry>
//
// It prints its address, and ends with its standard input.
import { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';

const [tarball, realRegistry] = process.argv.slice(2);
const bytes = readFileSync(tarball);
const manifest = JSON.parse(
  execFileSync('tar', ['-xzOf', tarball, 'package/package.json'], { encoding: 'utf8' }),
);
const path = `/${manifest.name}`;

const server = createServer((request, response) => {
  if (request.url === path) {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(packument(`http://${request.headers.host}${path}/-/package.tgz`)));
  } else if (request.url === `${path}/-/package.tgz`) {
    response.end(bytes);
  } else {
    response.writeHead(302, { location: new URL(request.url.slice(1), realRegistry).href }).end();
  }
});
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`http://127.0.0.1:${server.address().port}/\n`);
});
process.stdin.on('end', () => process.exit()).resume();

function packument(url) {
  const { name, version } = manifest;
  const integrity = `sha512-${createHash('sha512').update(bytes).digest('base64')}`;
  const published = { ...manifest, _id: `${name}@${version}`, dist: { tarball: url, integrity } };
  return { name, 'dist-tags': { latest: version }, versions: { [version]: published } };
}
