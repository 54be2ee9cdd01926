# Runs everywhere where Docker does; see docs/operations.md for what of it was tested.
# Secrets come when it is run and stand in no layer: TOKEN_SECRET, and for users of your own IDENTITY_SECRET and PARLEY_SERVER_KEY (docs/identity.md).
FROM node:24.21.0-bookworm-slim AS page
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY client ./client
COPY web ./web
# With the tools of developers, which stay behind here.
RUN npm ci && npm run build

FROM node:24.21.0-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# The native parts are optional dependencies; so is a Node, which this image has. What the page is made of is in the page.
RUN npm ci --omit=dev --workspaces=false && rm -rf node_modules/node-linux-*

FROM node:24.21.0-bookworm-slim
# For covers, durations and waveforms of sound and film; it makes the image some 450 MB larger. Without it the server does without them.
RUN apt-get update && apt-get install -y --no-install-recommends ffmpeg && rm -rf /var/lib/apt/lists/*
ENV NODE_ENV=production HOST=0.0.0.0 PORT=4000 DATA_DIR=/data
WORKDIR /app
COPY --from=dependencies /app/node_modules ./node_modules
COPY package.json ./
COPY src ./src
COPY --from=page /app/web/dist ./web/dist
# A volume that is mounted at either of the two belongs to the server then.
RUN mkdir -p /data/files && chown -R node:node /data
USER node
VOLUME /data
EXPOSE 4000
# Node asks itself: the image has no curl. Not /readyz: a database that is away is no reason to restart the server.
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/healthz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# What is new gets 32 MB of memory to begin in, of which V8 would take four times as much; and V8 one thread beside the server's own, in the place of four.
CMD ["node", "--v8-pool-size=1", "--max-semi-space-size=16", "--heap-growing-percent=100", "src/start.cjs"]
