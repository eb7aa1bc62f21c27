# syntax=docker/dockerfile:1
FROM node:24-slim AS build
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
# The npm package "node" is for machines with an older Node.js: the image has its own.
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY src ./src
RUN npx tsc -p tsconfig.build.json && npm prune --omit=dev --ignore-scripts

FROM node:24-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /src/node_modules ./node_modules
COPY --from=build /src/dist ./dist
COPY package.json LICENSE ./
# By number, so that runAsNonRoot can be checked. 1000 is the image's user "node".
USER 1000:1000
EXPOSE 9443 9080
ENTRYPOINT ["node", "/app/dist/cli.js"]
CMD ["operator"]
