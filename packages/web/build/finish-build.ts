import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { Plugin } from 'vite';
import { filesIn, listBuild } from './build-list.ts';

/** What is compressed already. */
const COMPRESSED = /\.png$/;
/** Of the original: what saves less is not worth a file. */
const WORTH = 0.95;

/** After everything else has written: compressed copies beside the files, and the list of what the build consists of. */
export function finishBuild(): Plugin {
  let dir = '';
  return {
    name: 'sotto-finish-build',
    apply: 'build',
    enforce: 'post',
    configResolved({ root, build }) {
      dir = resolve(root, build.outDir);
    },
    closeBundle: {
      sequential: true,
      order: 'post',
      async handler(failure) {
        if (failure !== undefined) return;
        const list = await listBuild(dir);
        await Promise.all(
          (await filesIn(dir)).filter((path) => !COMPRESSED.test(path)).map((path) => compress(join(dir, path))),
        );
        // Last: a node takes its presence for a build that is whole.
        await writeFile(join(dir, 'build.json'), `${JSON.stringify(list, null, 2)}\n`);
      },
    },
  };
}

async function compress(path: string): Promise<void> {
  const data = await readFile(path);
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: data.length };
  const copies = [
    ['.br', await promisify(brotliCompress)(data, { params })],
    ['.gz', await promisify(gzip)(data, { level: 9 })],
  ] as const;
  for (const [suffix, copy] of copies) if (copy.length < data.length * WORTH) await writeFile(path + suffix, copy);
}
