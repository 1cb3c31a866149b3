#!/bin/sh
# Starts Apache Kafka. On an empty volume it is formatted first, with the two users that no client could make: the
# engine, which then makes the institutions' (`handoff provision`), and the broker itself.
set -eu

: "${KAFKA_HOME:=/opt/kafka}"
: "${SECRETS:=/run/secrets}"
settings=/etc/handoff/server.properties

scram() { # USER SECRET
    printf 'SCRAM-SHA-256=[name=%s,password=%s]' "$1" "$(cat "$SECRETS/$2")"
}

if [ ! -f /var/lib/kafka/data/meta.properties ]; then
    # Joined by "=": an id may begin with a hyphen.
    "$KAFKA_HOME/bin/kafka-storage.sh" format --config "$settings" \
        --cluster-id="$("$KAFKA_HOME/bin/kafka-storage.sh" random-uuid)" \
        --add-scram "$(scram engine handoff_kafka_password)" \
        --add-scram "$(scram broker kafka_broker_password)"
fi
exec "$KAFKA_HOME/bin/kafka-server-start.sh" "$settings"
