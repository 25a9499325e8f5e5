# A Sotto node: `docker build -t sotto .`, then `docker run -p 8080:8080 -v sotto:/data sotto`.
# The same image is the worker of an operated service: `docker run sotto sotto worker`. Guide: docs/operator.md.

# The version that all tests run with (package.json).
FROM node:26.10.0-bookworm-slim AS base
WORKDIR /app

# The web client. What builds it stays behind.
FROM base AS web
COPY . .
RUN npm ci --no-audit --no-fund --ignore-scripts --workspace @sotto/web
RUN npm run build --workspace @sotto/web

# The programs with what they need to run.
FROM base AS programs
COPY . .
RUN npm ci --no-audit --no-fund --ignore-scripts --omit=dev --workspace @sotto/node --workspace @sotto/terminal

FROM base
ENV NODE_ENV=production \
    SOTTO_DATA=/data \
    SOTTO_LISTEN=0.0.0.0:8080 \
    SOTTO_WEB=/app/packages/web/dist
COPY --from=programs /app/LICENSE /app/package.json ./
COPY --from=programs /app/node_modules ./node_modules
COPY --from=programs /app/packages ./packages
COPY --from=web /app/packages/web/dist ./packages/web/dist
RUN ln -s /app/packages/sotto/src/sotto.js /usr/local/bin/sotto && install -d -o node -g node -m 700 /data /identity
USER node
VOLUME /data
EXPOSE 8080
# Asks the node itself; a worker has no port, so compose.yaml turns this off for it.
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8080/health').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
CMD ["sotto", "node"]
