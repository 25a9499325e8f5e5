import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import dockerignore from '@balena/dockerignore';
import { type Copy, DockerfileParser } from 'dockerfile-ast';

export const REPOSITORY = fileURLToPath(new URL('../../../../', import.meta.url));
const run = promisify(execFile);
const OUTPUT_BYTES = 1 << 26;

/** What the last stage of a Dockerfile sets for whoever runs the image. */
export interface BuiltImage {
  /** The folder that is its root. */
  readonly root: string;
  readonly workingDirectory: string;
  readonly user: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly command: readonly string[];
  readonly healthCheck: readonly string[];
}

/**
 * Carries the repository's Dockerfile out where there is no container engine: every stage is a folder, COPY copies,
 * RUN runs in a shell with the image's absolute paths turned to that folder. What the base image brings is this machine.
 * @param folder empty; gets one folder a stage
 */
export async function buildByHand(folder: string): Promise<BuiltImage> {
  const instructions = DockerfileParser.parse(await readFile(join(REPOSITORY, 'Dockerfile'), 'utf8')).getInstructions();
  const stages = new Map<string, BuiltImage>();
  let image: BuiltImage | null = null;
  for (const instruction of instructions) {
    const words = instruction.getArguments().map((word) => word.getValue());
    const text = joined(instruction.getRawArgumentsContent() ?? '');
    switch (instruction.getKeyword()) {
      case 'FROM': {
        const name = words[2] ?? 'last';
        image = await beginStage(join(folder, name), stages.get(words[0]!) ?? null);
        stages.set(name, image);
        break;
      }
      case 'WORKDIR':
        image = { ...image!, workingDirectory: words[0]! };
        await mkdir(join(image.root, words[0]!), { recursive: true });
        break;
      case 'COPY':
        await copy(image!, words, (instruction as Copy).getFromFlag()?.getValue() ?? null, stages);
        break;
      case 'RUN':
        await runStep(image!, text);
        break;
      case 'ENV':
        image = { ...image!, environment: { ...image!.environment, ...pairs(text) } };
        break;
      case 'USER':
        image = { ...image!, user: words[0]! };
        break;
      case 'HEALTHCHECK':
        image = { ...image!, healthCheck: JSON.parse(text.slice(text.indexOf('['))) as string[] };
        break;
      case 'CMD':
        image = { ...image!, command: JSON.parse(text) as string[] };
        break;
      case 'VOLUME':
      case 'EXPOSE':
        break;
      default:
        throw new Error(`${instruction.getKeyword()} is not carried out by this test`);
    }
    for (const [name, stage] of stages) if (stage.root === image!.root) stages.set(name, image!);
  }
  return image!;
}

async function beginStage(root: string, parent: BuiltImage | null): Promise<BuiltImage> {
  await mkdir(join(root, 'usr/local/bin'), { recursive: true });
  if (parent !== null) await copyTree(`${parent.root}/.`, root);
  return {
    ...(parent ?? { workingDirectory: '/', user: 'root', environment: {}, command: [], healthCheck: [] }),
    root,
  };
}

/** Absolute paths of the image, as this machine finds them. */
export function inFolder(root: string, text: string): string {
  return text.replace(
    /(^|[\s='":])\/(app|data|identity|usr\/local\/bin)\b/g,
    (_, before: string, name: string) => `${before}${join(root, name)}`,
  );
}

async function runStep(image: BuiltImage, text: string): Promise<void> {
  const place = join(image.root, image.workingDirectory);
  // Everything that builds the web client is installed here already, from the same lock file.
  if (/^npm ci .*--workspace @sotto\/web$/.test(text)) return linkInstalled(place);
  // Users of the base image are not on this machine.
  const owner = process.getuid?.() === 0 ? '-o nobody -g nogroup' : '';
  const command = inFolder(image.root, text).replaceAll('-o node -g node', owner);
  await run('bash', ['-euo', 'pipefail', '-c', command], {
    cwd: place,
    env: { ...withoutNpm(process.env), npm_config_prefer_offline: 'true', npm_config_update_notifier: 'false' },
    maxBuffer: OUTPUT_BYTES,
  });
}

/** What npm told the tests is of this repository, not of the copy; where packages come from is kept. */
const withoutNpm = (environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(
    Object.entries(environment).filter(
      ([name]) => !/^(npm_|INIT_CWD|NODE_ENV)/i.test(name) || /^npm_config_(cache|registry|userconfig)$/i.test(name),
    ),
  );

async function linkInstalled(place: string): Promise<void> {
  const installed = join(REPOSITORY, 'node_modules');
  const target = join(place, 'node_modules');
  await mkdir(join(target, '@sotto'), { recursive: true });
  for (const name of await readdir(installed)) {
    if (name !== '@sotto' && name !== 'sotto') await symlink(join(installed, name), join(target, name));
  }
  for (const name of await readdir(join(place, 'packages'))) {
    await symlink(join(place, 'packages', name), join(target, '@sotto', name));
    const own = join(REPOSITORY, 'packages', name, 'node_modules');
    if ((await readdir(own).catch(() => [])).length > 0) {
      await symlink(own, join(place, 'packages', name, 'node_modules'));
    }
  }
}

/** Continuation lines are Docker's. */
const joined = (text: string): string => text.replace(/\\\n\s*/g, ' ').trim();

const pairs = (text: string): Record<string, string> =>
  Object.fromEntries(
    text.split(/\s+/).map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
  );

async function copy(
  image: BuiltImage,
  paths: readonly string[],
  from: string | null,
  stages: ReadonlyMap<string, BuiltImage>,
): Promise<void> {
  const to = paths.at(-1)!;
  const target = join(image.root, image.workingDirectory, to);
  if (from === null) return copyContext(target);
  for (const path of paths.slice(0, -1)) {
    const into = to.endsWith('/') ? join(target, path.split('/').at(-1)!) : target;
    await mkdir(dirname(into), { recursive: true });
    await copyTree(join(stages.get(from)!.root, path), into);
  }
}

/** What `docker build .` is given: the repository's folder, less what .dockerignore names. */
async function copyContext(target: string): Promise<void> {
  const isIgnored = await ignoredFiles();
  const paths: string[] = [];
  const walk = async (folder: string): Promise<void> => {
    for (const entry of await readdir(join(REPOSITORY, folder), { withFileTypes: true })) {
      const path = join(folder, entry.name);
      // Of the tests all is ignored but some files.
      if (!entry.isDirectory()) paths.push(...(isIgnored(path) ? [] : [path]));
      else if (!isIgnored(path) || path.split('/')[0] === 'test') await walk(path);
    }
  };
  await walk('');
  await run('cp', ['-a', '--parents', '-t', target, ...paths], { cwd: REPOSITORY });
}

/** Files of stages are not written to any more: links to them are copies. */
const copyTree = (from: string, to: string): Promise<unknown> => run('cp', ['-a', '--link', '-T', from, to]);

/** What .dockerignore says of a path in the repository. */
export async function ignoredFiles(): Promise<(path: string) => boolean> {
  const rules = dockerignore.default().add(await readFile(join(REPOSITORY, '.dockerignore'), 'utf8'));
  return (path) => rules.ignores(path);
}
