"""What would take too much memory is refused or fetched again before it does, and holds up nobody."""

from typing import Any

import pytest
from aiokafka import TopicPartition as Place

from events.consumer import feed
from events.consumer.feed import Feed
from events.consumer.lane import HEADERS_AT_MOST
from events.kafka_format.unpacking import LARGEST_BATCH
from events.readers import InboundRecord
from handoff.store import tables
from tests.events.consumer.test_feed import missing, told
from tests.events.desk import Desk
from tests.events.hospitals import Town, until

MEBIBYTE = 1024 * 1024


async def test_a_batch_that_unpacks_to_too_much_is_parked_as_a_range_and_told(desk: Desk, town: Town) -> None:
    first, second, _ = town.hospitals
    before, between, after = town.notices(9)[:3], town.notices(9)[3:6], town.notices(9)[6:]
    town.send(*before)
    bomb = InboundRecord(first, b"{" + b" " * LARGEST_BATCH, [])
    town.send(bomb, bomb, compression_type="zstd", message_max_bytes=1_000_000_000, batch_size=1_000_000_000)
    town.send(*between)
    town.send(*after)
    async with town.intake():
        await until(lambda: town.all_taken(9))
    ranges = await town.rows(tables.parked)
    assert {each.code for each in ranges} == {"batch-too-large"}
    lying = sorted((each.offset, each.last_offset, each.records) for each in ranges)
    assert [offset for begin, end, _ in lying for offset in range(begin, end + 1)] == [1, 2]
    assert sum(records for _, _, records in lying) == 2
    assert all(each.size < 100_000 for each in ranges)  # its bytes are kept as they came, packed
    places = {f"offsets {begin} to {end}, {records} records" for begin, end, records in lying}
    assert {(each["code"], each["place"]) for each in await told(desk, first)} == {
        ("batch-too-large", place) for place in places
    }
    assert await told(desk, second) == []


async def test_of_what_is_too_large_the_beginning_and_a_digest_are_kept(desk: Desk, town: Town) -> None:
    first, *_ = town.hospitals
    large = InboundRecord(first, b"{" + b" " * (30 * MEBIBYTE), [])
    town.send(large, compression_type="gzip", message_max_bytes=1_000_000_000)
    town.send(*town.notices(3))
    async with town.intake():
        await until(lambda: town.all_taken(3))
    [parked] = await town.rows(tables.parked)
    assert (parked.code, parked.size, len(parked.digest)) == ("too-large", 30 * MEBIBYTE + 1, 32)
    assert len(parked.raw_sealed) < 5000
    assert [each["code"] for each in await told(desk, first)] == ["too-large"]


async def test_a_record_of_very_many_headers_is_too_large_by_itself(desk: Desk, town: Town) -> None:
    first, *_ = town.hospitals
    town.send(InboundRecord(first, b"{}", [("ce_id", b"x")] + [("", b"")] * HEADERS_AT_MOST), compression_type="gzip")
    town.send(*town.notices(3))
    async with town.intake():
        await until(lambda: town.all_taken(3))
    [parked] = await town.rows(tables.parked)
    assert (parked.code, parked.place, parked.offset, parked.last_offset) == ("too-large", "headers", 0, None)
    assert [each["code"] for each in await told(desk, first)] == ["too-large"]


async def test_of_batches_that_are_read_in_part_only_so_much_is_kept_unpacked(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    getmany, kept = Feed.getmany, list[int]()

    async def few(self: Feed, **_: Any) -> dict[Place, list[InboundRecord]]:
        found = await getmany(self, timeout_ms=200, max_records=20)
        kept.append(sum(lane.unpacked for lane in self.lanes.values()))
        return found

    monkeypatch.setattr(feed, "_KEPT_UNPACKED", 70_000)
    monkeypatch.setattr(Feed, "getmany", few)
    town.send(*town.notices(300), compression_type="gzip", linger_ms=200)
    async with town.intake():
        await until(lambda: town.all_taken(300))
    assert 30_000 < max(kept) <= 70_000
    assert await missing(town) == []
    assert await town.rows(tables.parked) == []
