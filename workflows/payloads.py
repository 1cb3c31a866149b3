"""How what workflows are told and answer becomes JSON: one converter for the whole process."""

from temporalio.contrib.pydantic import PydanticJSONPlainPayloadConverter
from temporalio.converter import (
    CompositePayloadConverter,
    DataConverter,
    DefaultPayloadConverter,
    JSONPlainPayloadConverter,
)

_JSON = PydanticJSONPlainPayloadConverter()  # its type adapters cost more than all they convert: made once


class Payloads(CompositePayloadConverter):
    """The SDK's own converters with pydantic's JSON; the SDK makes one for each run, so all of them share the JSON.

    It reads what the SDK's own JSON converter wrote, and is read by it.
    """

    def __init__(self) -> None:
        own = DefaultPayloadConverter.default_encoding_payload_converters
        super().__init__(*(_JSON if isinstance(each, JSONPlainPayloadConverter) else each for each in own))


PAYLOADS = DataConverter(payload_converter_class=Payloads)
