# syntax=docker/dockerfile:1
# Standfirst in one image: `serve`, `worker` and every other command of `standfirst`.
# The store is not inside: STANDFIRST_REDIS_URL names one.

FROM python:3.12-slim AS builder
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1
WORKDIR /build

# The lock first, so that a change of our own code does not install it anew.
COPY requirements/runtime.txt requirements/
RUN python -m venv --without-pip /opt/standfirst \
 && pip --python /opt/standfirst/bin/python install --no-cache-dir --only-binary=:all: \
      --require-hashes --requirement requirements/runtime.txt

# setuptools builds our wheel and stays in this stage; its pin and hashes are those of the lock.
COPY requirements/demo.txt requirements/
RUN sed -n '/^setuptools==/,/[^\\]$/p' requirements/demo.txt > build.txt \
 && pip install --no-cache-dir --require-hashes --requirement build.txt

COPY pyproject.toml README.md LICENSE ./
COPY service service
COPY models models
COPY clients/python clients/python
RUN pip wheel --no-cache-dir --no-deps --no-build-isolation --wheel-dir wheels . \
 && pip --python /opt/standfirst/bin/python install --no-cache-dir --no-deps --no-index wheels/*.whl

# What finds and fills pages is compiled here, for any processor of this kind, so that no pod spends half a minute on it.
ENV NUMBA_CPU_NAME=generic
RUN /opt/standfirst/bin/python -c 'from service.adapters.files.index.warming import warm_up; warm_up()'


FROM python:3.12-slim
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Standfirst" \
      org.opencontainers.image.description="Fills a news page's side column in one call: Must read, Recent News and advertisement slots." \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"

RUN groupadd --gid 10001 standfirst \
 && useradd --uid 10001 --gid 10001 --no-log-init --no-create-home \
      --home-dir /var/lib/standfirst --shell /usr/sbin/nologin standfirst \
 && install --directory --owner=10001 --group=10001 /var/lib/standfirst /var/lib/standfirst/bundles

COPY --from=builder /opt/standfirst /opt/standfirst

# Nothing is written outside the data folder and /tmp, so the root may be read-only.
ENV PATH="/opt/standfirst/bin:${PATH}" \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    NUMBA_CPU_NAME=generic \
    STANDFIRST_DATA_DIR=/var/lib/standfirst

USER 10001:10001
WORKDIR /var/lib/standfirst
EXPOSE 8000

# For the default command. Where another is run (`worker`), switch it off: --no-healthcheck.
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s --retries=3 \
  CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/livez', timeout=2)"]

ENTRYPOINT ["standfirst"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8000"]
