import type { Rolldown } from 'vite';

/** What of a module is wanted; `*`: everything. */
interface Edge {
  readonly source: string;
  readonly names: readonly string[];
}

interface Links {
  /** Needed by its own code. */
  readonly imports: readonly Edge[];
  /** What it only passes on, by the name it has here. */
  readonly passed: ReadonlyMap<string, Edge>;
  /** `export * from`. */
  readonly passedAll: readonly string[];
}

type Context = Pick<Rolldown.PluginContext, 'getModuleInfo' | 'parse' | 'resolve'>;
type Statement = ReturnType<Context['parse']>['body'][number];
type Name = Extract<Statement, { type: 'ExportAllDeclaration' }>['exported'];

/**
 * The modules that some need without an `import()`. A module that passes on what others export (the one of all signs, for
 * instance) leads only to what is asked of it by name.
 */
export async function usedModules(context: Context, entries: readonly string[]): Promise<Set<string>> {
  const reached = new Set<string>();
  const asked = new Set<string>();
  const known = new Map<string, Links>();
  const waiting: { id: string; names: readonly string[] }[] = entries.map((id) => ({ id, names: [] }));
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { id, names } = next;
    const links = known.get(id) ?? linksOf(context, id);
    known.set(id, links);
    const edges: Edge[] = [];
    if (!reached.has(id)) edges.push(...links.imports);
    reached.add(id);
    for (const name of names) {
      if (asked.has(`${name} ${id}`)) continue;
      asked.add(`${name} ${id}`);
      const passed = links.passed.get(name);
      if (name === '*') edges.push(...links.passed.values());
      if (passed !== undefined) edges.push(passed);
      else edges.push(...links.passedAll.map((source) => ({ source, names: [name] })));
    }
    for (const { source, names: wanted } of edges) {
      const found = await context.resolve(source, id);
      if (found !== null && context.getModuleInfo(found.id) !== null) waiting.push({ id: found.id, names: wanted });
    }
  }
  return reached;
}

function linksOf(context: Context, id: string): Links {
  const info = context.getModuleInfo(id);
  if (info === null || info.code === null || info.inputFormat === 'cjs') {
    return { imports: (info?.importedIds ?? []).map(everythingOf), passed: new Map(), passedAll: [] };
  }
  const imports: Edge[] = [];
  const passed = new Map<string, Edge>();
  const passedAll: string[] = [];
  /** What an imported name stands for. */
  const imported = new Map<string, Edge>();
  let hasCode = false;
  for (const statement of context.parse(info.code).body) {
    if (statement.type === 'ImportDeclaration') {
      const source = statement.source.value;
      const names = statement.specifiers.map((one) => {
        const name = one.type === 'ImportSpecifier' ? nameOf(one.imported) : NAMES[one.type];
        imported.set(one.local.name, { source, names: [name] });
        return name;
      });
      imports.push({ source, names });
    } else if (statement.type === 'ExportAllDeclaration') {
      const source = statement.source.value;
      if (statement.exported === null) passedAll.push(source);
      else passed.set(nameOf(statement.exported), { source, names: ['*'] });
    } else if (statement.type === 'ExportNamedDeclaration' && statement.declaration === null) {
      for (const { local, exported } of statement.specifiers) {
        const { source } = statement;
        const edge = source === null ? imported.get(nameOf(local)) : { source: source.value, names: [nameOf(local)] };
        if (edge !== undefined) passed.set(nameOf(exported), edge);
      }
    } else if (statement.type !== 'ExpressionStatement' || !('directive' in statement)) {
      hasCode = true;
    }
  }
  return { imports: hasCode ? imports : imports.filter(({ names }) => names.length === 0), passed, passedAll };
}

const NAMES = { ImportDefaultSpecifier: 'default', ImportNamespaceSpecifier: '*' } as const;

const everythingOf = (source: string): Edge => ({ source, names: ['*'] });

const nameOf = (name: NonNullable<Name>): string => ('name' in name ? name.name : name.value);
