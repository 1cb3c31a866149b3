#!/bin/sh
# Makes the secrets that compose hands to its services, each in a file of its own in docker/secrets; what is there
# stays. Containers read them as users of their own, so the files are readable and the folder is closed instead.
set -eu

cd "$(dirname "$0")"
umask 077
mkdir -p secrets

keep() { # NAME, content on standard input
    [ -e "secrets/$1" ] || { cat >"secrets/.new" && chmod 444 secrets/.new && mv secrets/.new "secrets/$1"; }
}
random() { # BYTES, as base64 that fits into an address and into Kafka's settings
    head -c "$1" /dev/urandom | base64 | tr '+/' '-_' | tr -d '=\n'
}

random 24 | keep postgres_superuser_password
random 24 | keep handoff_postgres_password
random 24 | keep temporal_postgres_password
random 24 | keep kafka_broker_password
random 24 | keep handoff_kafka_password
head -c 32 /dev/urandom | base64 | keep handoff_master_key
head -c 32 /dev/urandom | base64 | keep handoff_institutions_key
printf 'postgresql+asyncpg://handoff:%s@postgres:5432/handoff' "$(cat secrets/handoff_postgres_password)" |
    keep handoff_postgres_url
echo "docker/secrets holds what is needed. Back up secrets/handoff_master_key apart: without it every name is lost."
