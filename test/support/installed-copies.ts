import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const BUNDLE = 'dist/nestjs-tsmon.js';

/**
 * A folder with the built package in `node_modules`, and a second copy of it in `node_modules/a-library/node_modules`,
 * as npm installs them where an application and a library want versions that differ.
 */
export class InstalledCopies {
  private constructor(readonly folder: string) {}

  static async install(): Promise<InstalledCopies> {
    const folder = await mkdtemp(join(tmpdir(), 'nestjs-tsmon-copies-'));
    const copies = new InstalledCopies(folder);
    await copies.linkOtherPackages();
    await copies.copyPackageTo('node_modules/nestjs-tsmon');
    await copies.copyPackageTo('node_modules/a-library/node_modules/nestjs-tsmon');
    return copies;
  }

  async write(path: string, text: string): Promise<string> {
    const file = join(this.folder, path);
    await writeFile(file, text);
    return file;
  }

  /** Changes the version and the protocol of the library's copy. */
  async changeCopyOfLibrary(version: string, protocol: number): Promise<void> {
    const file = join(this.folder, 'node_modules/a-library/node_modules/nestjs-tsmon', BUNDLE);
    const text = await readFile(file, 'utf8');
    const changed = text.replace(
      /const THIS_COPY = \{[^}]*\}/,
      `const THIS_COPY = { version: '${version}', protocol: ${protocol} }`,
    );
    if (changed === text) {
      throw new Error(`${BUNDLE} declares no THIS_COPY as this test expects it.`);
    }
    await writeFile(file, changed);
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true });
  }

  private async linkOtherPackages(): Promise<void> {
    await mkdir(join(this.folder, 'node_modules/a-library/node_modules'), { recursive: true });
    const names = await readdir(join(ROOT, 'node_modules'));
    for (const name of names.filter(one => !one.startsWith('.') && one !== 'nestjs-tsmon')) {
      await symlink(join(ROOT, 'node_modules', name), join(this.folder, 'node_modules', name));
    }
  }

  private async copyPackageTo(path: string): Promise<void> {
    await cp(join(ROOT, 'dist'), join(this.folder, path, 'dist'), { recursive: true });
    await cp(join(ROOT, 'package.json'), join(this.folder, path, 'package.json'));
  }
}
