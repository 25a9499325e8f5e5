import { createHash } from 'node:crypto';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Plugin, Rolldown } from 'vite';
import { SHELL } from './shell-chunk.ts';

/**
 * WEB-6: `index.html` names the SHA-384 of every script and style that paints the first screen, those of the shell's
 * chunk included: what the browser has fetched under that hash is what the later `import()` runs.
 */
export function subresourceIntegrity(): Plugin {
  let dir = '';
  return {
    name: 'sotto-subresource-integrity',
    apply: 'build',
    enforce: 'post',
    configResolved({ root, build }) {
      dir = resolve(root, build.outDir);
    },
    writeBundle: {
      sequential: true,
      order: 'post',
      async handler(_options, bundle) {
        const page = join(dir, 'index.html');
        const html = await readFile(page, 'utf8');
        const { scripts, styles } = filesOfShell(bundle);
        const links = [
          ...scripts.map((file) => `<link rel="modulepreload" crossorigin href="./${file}">`),
          ...styles.map((file) => `<link rel="stylesheet" crossorigin href="./${file}">`),
        ];
        const script = /<script type="module"[^>]*><\/script>/.exec(html)?.[0];
        if (script === undefined) throw new Error('index.html has no script');
        const sizes = await Promise.all(links.map(async (link) => (await stat(join(dir, fileOf(link)))).size));
        const [largest, ...others] = links.toSorted((a, b) => sizes[links.indexOf(b)]! - sizes[links.indexOf(a)]!);
        // Browsers have six connections. The largest file goes over the one that the page itself came over, without the time
        // to open another, and what was not fetched when the first script runs is the smallest.
        const head = [largest, script, ...others].map((tag) => `    ${tag}\n`).join('');
        const rest = html.replaceAll(
          / *<(?:link rel="(?:modulepreload|stylesheet)"|script)[^>]*>(?:<\/script>)?\n?/g,
          '',
        );
        await writeFile(page, await withHashes(dir, rest.replace(/ *<\/head>/, `${head}  </head>`)));
      },
    },
  };
}

const fileOf = (link: string): string => /href="\.\/([^"]+)"/.exec(link)?.[1] ?? '';

function filesOfShell(bundle: Rolldown.OutputBundle): { scripts: string[]; styles: string[] } {
  const chunks = Object.values(bundle).filter((file) => file.type === 'chunk');
  const shell = chunks.find(({ facadeModuleId }) => facadeModuleId?.replaceAll('\\', '/').endsWith(SHELL));
  if (shell === undefined) throw new Error(`${SHELL} is not a chunk of its own any more: see ${import.meta.filename}`);
  const scripts = new Set<string>();
  const styles = new Set<string>();
  const visit = (name: string): void => {
    const chunk = chunks.find(({ fileName }) => fileName === name);
    if (chunk === undefined || chunk.isEntry || scripts.has(name)) return;
    scripts.add(name);
    for (const style of chunk.viteMetadata?.importedCss ?? []) styles.add(style);
    for (const imported of chunk.imports) visit(imported);
  };
  visit(shell.fileName);
  return { scripts: [...scripts], styles: [...styles] };
}

async function withHashes(dir: string, html: string): Promise<string> {
  const tags = [...html.matchAll(/<(?:script|link)\b[^>]*?(?:src|href)="\.\/([^"]+\.(?:js|css))"[^>]*>/g)];
  let hashed = html;
  for (const [tag, file = ''] of tags) {
    const hash = createHash('sha384')
      .update(await readFile(join(dir, file)))
      .digest('base64');
    hashed = hashed.replace(tag, tag.replace(/>$/, ` integrity="sha384-${hash}">`));
  }
  return hashed;
}
