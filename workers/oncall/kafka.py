"""Doctor's checks of Kafka: the connection and the topics."""

import asyncio

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from events.kafka import topics
from events.kafka.broker import KafkaAwayError, KafkaRefusesError, let_in
from workers.embedded.kafka import version
from workers.oncall.finding import Finding
from workers.oncall.provision import wanted
from workers.settings import Settings

_WITHIN = 10.0  # seconds


async def kafka(settings: Settings) -> list[Finding]:
    """Findings about Kafka."""
    where = settings.bootstrap
    try:
        admin = await let_in(where, settings.kafka_login)
        return await asyncio.to_thread(_looked, admin, settings)
    except KafkaRefusesError as refusal:
        says, _, do = str(refusal).partition(": ")
        return [Finding("Kafka", "fail", says, do[:1].upper() + do[1:])]
    except (KafkaAwayError, TimeoutError):
        do = "Start it (`handoff up`), or look at its log; letters wait in the outbox."
        return [Finding("Kafka", "fail", f"does not answer at {where}", do)]
    except KafkaException as trouble:
        return [Finding("Kafka", "fail", f"refuses: {trouble.args[0].str()}", "Look at its log and at our rights.")]


def _looked(admin: AdminClient, settings: Settings) -> list[Finding]:
    brokers = len(admin.list_topics(timeout=_WITHIN).brokers)
    ours = "" if settings.kafka_bootstrap else f"{version()}, "  # a broker tells clients no version
    says = f"{ours}{brokers} broker{'s' if brokers > 1 else ''} at {settings.bootstrap}"
    return [Finding("Kafka", "ok", says), *_topics(admin, settings)]


def _topics(admin: AdminClient, settings: Settings) -> list[Finding]:
    how = wanted(settings)
    short = topics.too_short(admin, how.institutions)
    says = f"{len(short)} keep records for less than {topics.SHORTEST_DAYS} days ({short[0] if short else ''})"
    findings = [Finding("topics", "fail", says, "Run `handoff provision`.")] if short else []
    try:
        mended = tuple(f"set topic {name}:" for name in short)
        differing = [step for step in topics.steps(admin, how, settings.bootstrap) if not step.says.startswith(mended)]
    except topics.WrongTopicError as wrong:
        says, _, do = str(wrong).partition(": ")
        return [*findings, Finding("topics", "fail", says, do[:1].upper() + do[1:])]
    if differing:
        says = f"{len(differing)} differences, the first is: {differing[0].says}"
        do = "Look at `handoff provision --dry-run`, then run it without."
        return [*findings, Finding("topics", "warn", says, do)]
    return findings or [Finding("topics", "ok", f"{2 * len(how.institutions)}, all set up as they should be")]
