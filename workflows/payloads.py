"""Converts the payloads of workflows and activities to JSON, with one converter for the whole process."""

from temporalio.contrib.pydantic import PydanticJSONPlainPayloadConverter
from temporalio.converter import (
    CompositePayloadConverter,
    DataConverter,
    DefaultPayloadConverter,
    JSONPlainPayloadConverter,
)

_JSON = PydanticJSONPlainPayloadConverter()  # made once, since making its type adapters costs more than converting


class Payloads(CompositePayloadConverter):
    """The SDK's own converters, but with pydantic's JSON converter.

    The SDK makes an instance for each run. All instances share one JSON converter. This converter and the SDK's own
    read what the other wrote.
    """

    def __init__(self) -> None:
        own = DefaultPayloadConverter.default_encoding_payload_converters
        converters = (_JSON if isinstance(converter, JSONPlainPayloadConverter) else converter for converter in own)
        super().__init__(*converters)


PAYLOADS = DataConverter(payload_converter_class=Payloads)
