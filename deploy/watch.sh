#!/bin/sh
# Prometheus, and Grafana if it is installed, to watch rehearsals on this machine: what
# deploy/compose.yaml does, without containers. Ctrl-C ends both; nothing is kept.
#
#   deploy/watch.sh &
#   harness run scenarios/pre_cutover.yaml --metrics-port 9464
#
# Ports: PROMETHEUS_PORT (9090) and GRAFANA_PORT (3000). Grafana's home: GRAFANA_HOME, by default
# where Debian and Ubuntu packages have it.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
prometheus_port=${PROMETHEUS_PORT:-9090}
grafana_port=${GRAFANA_PORT:-3000}
grafana_home=${GRAFANA_HOME:-/usr/share/grafana}

if ! command -v prometheus >/dev/null; then
    echo "watch.sh: no prometheus here. Debian, Ubuntu: apt install prometheus;" \
        "others: prometheus.io/download" >&2
    exit 2
fi

kept=$(mktemp -d)
prometheus_pid=
grafana_pid=
finish() {
    trap - EXIT INT TERM HUP
    [ -z "$grafana_pid" ] || kill "$grafana_pid" 2>/dev/null || true
    [ -z "$prometheus_pid" ] || kill "$prometheus_pid" 2>/dev/null || true
    wait
    rm -rf "$kept"
}
trap finish EXIT
trap 'finish; exit 0' INT TERM HUP

prometheus --config.file="$root/reports/prometheus/prometheus.yml" \
    --storage.tsdb.path="$kept/prometheus" --web.enable-remote-write-receiver \
    --web.listen-address="127.0.0.1:$prometheus_port" --log.level=warn &
prometheus_pid=$!
echo "Prometheus: http://127.0.0.1:$prometheus_port"

if command -v grafana >/dev/null && [ -d "$grafana_home" ]; then
    PROMETHEUS_URL="http://127.0.0.1:$prometheus_port" DASHBOARDS="$root/reports/grafana/dashboards" \
        GF_PATHS_PROVISIONING="$root/reports/grafana/provisioning" GF_PATHS_DATA="$kept/grafana" \
        GF_SERVER_HTTP_ADDR=127.0.0.1 GF_SERVER_HTTP_PORT="$grafana_port" \
        GF_AUTH_ANONYMOUS_ENABLED=true GF_DASHBOARDS_MIN_REFRESH_INTERVAL=1s \
        GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH="$root/reports/grafana/dashboards/rehearsal.json" \
        grafana server --homepath "$grafana_home" >"$kept/grafana.log" 2>&1 &
    grafana_pid=$!
    echo "Grafana:    http://127.0.0.1:$grafana_port"
else
    echo "Grafana:    not installed; add Prometheus to one elsewhere, and import" \
        "reports/grafana/dashboards/*.json there"
fi
echo "Now: harness run scenarios/pre_cutover.yaml --metrics-port 9464    (Ctrl-C here ends this)"
wait "$prometheus_pid"
