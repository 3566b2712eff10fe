# docker build --target cpu .   or   docker build --target gpu .
FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig.json tsconfig.build.json ./
COPY src ./src
RUN npm run build && npm prune --omit=dev

FROM node:24-bookworm-slim AS cpu
WORKDIR /app
ENV NODE_ENV=production DATA_DIR=/data
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY package.json ./
COPY models ./models
RUN mkdir /data && chown node:node /data
USER node
VOLUME /data
CMD ["node", "dist/main.js"]

# tfjs-node-gpu is installed beside ONNX Runtime's CUDA provider.
FROM cpu AS gpu
USER root
RUN npm install --no-save @tensorflow/tfjs-node-gpu@4.22.0 \
 && ONNXRUNTIME_NODE_INSTALL=cuda12 npm rebuild onnxruntime-node
USER node
