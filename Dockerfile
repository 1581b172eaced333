# Build for the CPU:          docker build -t latent-explorer .
# Build for an NVIDIA GPU:    docker build -t latent-explorer --build-arg GPU=1 .   (then run with --gpus all)
#
# Outside a loopback address the server asks for two tokens and does not start without them: choose two long random texts,
# one for those who look and one for those who also add, rename and delete.
#   docker run -p 127.0.0.1:8000:8000 -v latent-explorer:/data \
#     -e LATENT_EXPLORER_VIEWER_TOKEN=... -e LATENT_EXPLORER_OWNER_TOKEN=... latent-explorer
FROM python:3.11-slim
ARG GPU=0

RUN useradd --create-home explorer && install --directory --owner=explorer /app /data
USER explorer
WORKDIR /app

# The packages come first, so that a change of the code does not install them again. GPU stays set: the same answer at the
# start finds the same set-up, whatever driver the container is lent.
ENV GPU=${GPU} PIP_NO_CACHE_DIR=1
COPY --chown=explorer run.py pyproject.toml constraints.txt ./
RUN ["python3", "run.py", "setup"]
COPY --chown=explorer . .

ENV LATENT_EXPLORER_HOST=0.0.0.0 LATENT_EXPLORER_PORT=8000 LATENT_EXPLORER_DATA=/data
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
    CMD ["python3", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/health/live', timeout=4)"]
CMD ["python3", "run.py"]
