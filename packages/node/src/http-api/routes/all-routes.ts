import { z } from 'zod';
import { documentText } from '../pages/openapi-document.ts';
import { referencePage } from '../pages/reference-page.ts';
import { envelopeRoutes } from './envelope-routes.ts';
import { keyRoutes } from './key-routes.ts';
import { limitsRoute, nodeRoutes } from './node-routes.ts';
import { type Route, route } from './route.ts';

const page = route({
  method: 'get',
  path: '/v1',
  name: 'getReference',
  summary: 'This page',
  description: 'What there is, for people.',
  everywhere: true,
  contentType: 'text/html; charset=utf-8',
  answer: z.string(),
  run: () => referencePage(ROUTES),
});

const document = route({
  method: 'get',
  path: '/v1/openapi.json',
  name: 'getDocument',
  summary: 'The same for programs',
  description: 'OpenAPI 3.1.',
  everywhere: true,
  answer: z.record(z.string(), z.unknown()).meta({ id: 'Document' }),
  run: () => documentText(ROUTES),
});

/** Everything that is served below /v1: router, validation and document are made of this one list (HTTP-1). */
export const ROUTES: readonly Route[] = [
  page,
  document,
  ...nodeRoutes,
  limitsRoute(() => ROUTES),
  ...keyRoutes,
  ...envelopeRoutes,
];
