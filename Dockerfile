# The exporter as an image, of the package that `npm pack` made:
#
#   npm pack && docker build -t openclaw-liveness-exporter .
#   docker run --rm --read-only -v liveness:/state -p 127.0.0.1:9789:9789 openclaw-liveness-exporter
#
# BASE needs Node.js 22.19 or newer and nothing else, no shell either; BUILD needs npm beside it.
ARG BASE=node:24-bookworm-slim
ARG BUILD=${BASE}

FROM ${BUILD} AS install
WORKDIR /state
WORKDIR /app
COPY openclaw-liveness-exporter-*.tgz /tmp/exporter.tgz
# What an installation may do without, too: OpenTelemetry. No package's script is run.
RUN ["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", "/tmp/exporter.tgz"]

FROM ${BASE}
COPY --from=install /app/node_modules /app/node_modules
# The only place that it writes to; without a volume counters end with the container.
COPY --from=install --chown=1000:1000 /state /state
WORKDIR /state
# That of the image `node`: as a sidecar it must be the user of the node host, whose sockets and environment it reads.
USER 1000:1000
ENV OPENCLAW_LIVENESS_STATE_DIR=/state \
    OPENCLAW_LIVENESS_WEB_LISTEN_ADDRESS=:9789
EXPOSE 9789
VOLUME /state
# The settings that count are in the environment, so both know the same address.
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 \
    CMD ["node", "/app/node_modules/openclaw-liveness-exporter/dist/main.js", "health"]
ENTRYPOINT ["node", "--disable-sigusr1", "/app/node_modules/openclaw-liveness-exporter/dist/main.js"]
