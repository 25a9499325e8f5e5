import { connect } from 'node:net';
import type { Plugin } from 'vite';

/** Where `npm run dev` finds a node; host:port. */
const NODE = process.env['SOTTO_DEV_NODE'] ?? '127.0.0.1:8080';

/**
 * While developing, the page's own origin is Vite's, and a page takes its origin for its home node: WebSockets that
 * speak Sotto are passed on to a node that runs beside it, byte by byte. Vite keeps those of its own.
 */
export function nodeProxy(): Plugin {
  return {
    name: 'sotto-node-proxy',
    apply: 'serve',
    configureServer({ httpServer }) {
      httpServer?.on('upgrade', (request, stream, head) => {
        if (!(request.headers['sec-websocket-protocol'] ?? '').startsWith('sotto.')) return;
        const [host = '127.0.0.1', port = '8080'] = NODE.split(':');
        const node = connect({ host, port: Number(port) }, () => {
          const headers: string[] = [];
          for (let at = 0; at < request.rawHeaders.length; at += 2) {
            headers.push(`${request.rawHeaders[at]}: ${request.rawHeaders[at + 1]}`);
          }
          node.write(`GET ${request.url ?? '/'} HTTP/1.1\r\n${headers.join('\r\n')}\r\n\r\n`);
          node.write(head);
          node.pipe(stream);
          stream.pipe(node);
        });
        node.on('error', () => stream.destroy());
        stream.on('error', () => node.destroy());
      });
    },
  };
}
