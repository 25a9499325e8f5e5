#!/usr/bin/env node
// The `sotto` command. JavaScript, so that what takes the types off is not loaded for this file alone: compiled code is
// kept between runs (code only, in the system's temporary directory), and once it is there Node's TypeScript compiler,
// 11 MB in each thread, is not wanted at all. The variable tells threads and processes that are started.
import { enableCompileCache } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

process.env.NODE_COMPILE_CACHE ??= join(tmpdir(), 'node-compile-cache');
enableCompileCache();
await import('./sotto.ts');
