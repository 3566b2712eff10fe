# docker build .
# For an NVIDIA card: docker build --build-arg FOR=gpu .
ARG FOR=cpu

# Node's current line with long-term support; the tag moves with its security fixes.
FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig.json tsconfig.build.json ./
COPY src ./src
RUN npm run build && npm prune --omit=dev

FROM build AS build-cpu

# ONNX Runtime's CUDA provider is a separate download for CUDA 12 and cuDNN 9. tfjs-node-gpu needs CUDA 11.2 and is left
# to machines that have it.
FROM build AS build-gpu
RUN ONNXRUNTIME_NODE_INSTALL=cuda12 node node_modules/onnxruntime-node/script/install.js

FROM build-${FOR} AS built

FROM node:24-bookworm-slim AS base-cpu

FROM nvidia/cuda:12.9.1-cudnn-runtime-ubuntu24.04 AS base-gpu
COPY --from=build /usr/local/bin/node /usr/local/bin/node

FROM base-${FOR}
WORKDIR /app
ENV NODE_ENV=production DATA_DIR=/data
COPY --from=built /app/node_modules ./node_modules
COPY --from=built /app/dist ./dist
COPY package.json ./
COPY models ./models
RUN mkdir /data && chown 1000:1000 /data
USER 1000:1000
VOLUME /data
# Runs inside the container, because the bot listens on the loopback address only.
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.HEALTH_PORT || 9464}/healthz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "dist/main.js"]
