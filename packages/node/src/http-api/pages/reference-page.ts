import { PROBLEMS } from '../problem.ts';
import type { Route } from '../routes/route.ts';
import { documentText } from './openapi-document.ts';

/** What of the document the page looks at. */
interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly pattern?: string;
  readonly enum?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
}

interface Content {
  readonly content?: Readonly<Record<string, { readonly schema: Schema }>>;
}

interface Operation {
  readonly summary: string;
  readonly description?: string;
  readonly security?: readonly object[];
  readonly parameters?: readonly {
    name: string;
    in: string;
    required?: boolean;
    description?: string;
    schema: Schema;
  }[];
  readonly requestBody?: Content;
  readonly responses: Readonly<Record<string, Content & { readonly description: string }>>;
}

interface Document {
  readonly info: { readonly title: string; readonly description: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, Schema>>;
    readonly securitySchemes: { readonly device: Schema };
  };
}

/** All style of the page: its hash stands in the content security policy. */
export const REFERENCE_STYLE = `:root{color-scheme:light dark}body{font:16px/1.55 system-ui,sans-serif;max-width:52rem;margin:2.5rem auto;padding:0 1rem}h2{margin-block-start:3rem}section{border-block-start:1px solid #8886;padding-block:.5rem 1rem}code{background:#8882;border-radius:.25rem;padding:.1em .35em;overflow-wrap:anywhere}table{border-collapse:collapse;width:100%;font-size:.9375rem}td,th{border-block-end:1px solid #8884;padding:.35rem .5rem;text-align:start;vertical-align:top}td:first-child{white-space:nowrap}.method{font-weight:600;text-transform:uppercase}.signed{border:1px solid;border-radius:1rem;font-size:.8125rem;padding:.05rem .5rem}`;

let html: string | null = null;

/** The document as a page for people: no script, nothing from anybody else. */
export function referencePage(routes: readonly Route[]): string {
  return (html ??= render(JSON.parse(documentText(routes)) as Document));
}

function render({ info, paths, components }: Document): string {
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => renderOperation(path, method, operation)),
  );
  const schemas = Object.entries(components.schemas).map(([name, schema]) => renderSchema(name, schema));
  const problems = Object.entries(PROBLEMS).map(
    ([code, { status, title, advice }]) =>
      `<tr id="${code}"><td><code>${code}</code></td><td>${status}</td><td>${escape(title)} ${escape(advice)}</td></tr>`,
  );
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escape(info.title)}: HTTP interface</title>
<style>${REFERENCE_STYLE}</style>
<h1>${escape(info.title)}: HTTP interface</h1>
<p>${escape(info.description)}</p>
<p>For programs: <a href="/v1/openapi.json">OpenAPI document</a>.</p>
<h2>Signed requests</h2>
<p>${escape(components.securitySchemes.device.description ?? '')}</p>
<h2>Requests</h2>
${operations.join('\n')}
<h2>Shapes</h2>
${schemas.join('\n')}
<h2>Problems</h2>
<p>Whatever is not answered 200 is <code>application/problem+json</code> (RFC 9457).</p>
<table><tr><th>Code</th><th>Status</th><th>What it is, and what to do</th></tr>
${problems.join('\n')}
</table>
</html>
`;
}

function renderOperation(path: string, method: string, operation: Operation): string {
  const { summary, description, security, parameters = [], requestBody, responses } = operation;
  const rows = parameters.map(
    (parameter) =>
      `<tr><td><code>${escape(parameter.name)}</code></td><td>${parameter.in}, ${typeOf(parameter.schema)}${parameter.required === true ? '' : ', optional'}</td><td>${escape(parameter.description ?? parameter.schema.description ?? '')}</td></tr>`,
  );
  const answers = Object.entries(responses).map(
    ([status, answer]) =>
      `<tr><td>${status}</td><td>${contentOf(answer)}</td><td>${inline(answer.description)}</td></tr>`,
  );
  return `<section id="${method}-${path.slice(4).replaceAll('/', '-')}">
<h3><span class="method">${method}</span> <code>${escape(path)}</code>${security === undefined ? '' : ' <span class="signed">signed</span>'}</h3>
<p><strong>${escape(summary)}.</strong> ${escape(description ?? '')}</p>
${requestBody === undefined ? '' : `<p>Body: ${contentOf(requestBody)}</p>`}
${rows.length === 0 ? '' : `<table><tr><th>Parameter</th><th>Where, type</th><th>Meaning</th></tr>${rows.join('')}</table>`}
<table><tr><th>Status</th><th>Body</th><th>Meaning</th></tr>${answers.join('')}</table>
</section>`;
}

function renderSchema(name: string, schema: Schema): string {
  const rows = fieldsOf(schema, '').map(
    ([field, type, description]) =>
      `<tr><td><code>${escape(field)}</code></td><td>${type}</td><td>${inline(description)}</td></tr>`,
  );
  return `<section id="shape-${name}"><h3>${escape(name)}</h3><p>${escape(schema.description ?? '')}</p>
${rows.length === 0 ? '' : `<table><tr><th>Member</th><th>Type</th><th>Meaning</th></tr>${rows.join('')}</table>`}</section>`;
}

/** Members of an object and of the objects in it, by their paths. */
function fieldsOf({ properties = {}, required = [] }: Schema, prefix: string): [string, string, string][] {
  return Object.entries(properties).flatMap(([name, field]) => {
    const path = `${prefix}${name}`;
    const inner = field.type === 'array' ? field.items : field;
    const type = `${typeOf(field)}${required.includes(name) ? '' : ', optional'}`;
    const nested =
      inner?.$ref === undefined ? fieldsOf(inner ?? {}, `${path}${field.type === 'array' ? '[]' : ''}.`) : [];
    return [[path, type, field.description ?? inner?.description ?? ''] as [string, string, string], ...nested];
  });
}

function contentOf({ content }: Content): string {
  return Object.entries(content ?? {})
    .map(([type, { schema }]) => `<code>${escape(type)}</code> ${schema.$ref === undefined ? '' : typeOf(schema)}`)
    .join(' ');
}

function typeOf({ $ref, type, items, enum: values }: Schema): string {
  if ($ref !== undefined) {
    const name = escape($ref.split('/').at(-1)!);
    return `<a href="#shape-${name}">${name}</a>`;
  }
  if (type === 'array') return `list of ${typeOf(items ?? {})}`;
  return values === undefined ? escape(type ?? 'anything') : 'one of the codes below';
}

/** What stands in backquotes is code. */
const inline = (text: string): string => escape(text).replace(/`([^`]+)`/g, '<code>$1</code>');

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escape = (text: string): string => text.replace(/[&<>"]/g, (character) => ENTITIES[character]!);
