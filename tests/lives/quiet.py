"""What makes many lives in one process quick to live."""

import gc
import logging

import structlog


def quiet() -> None:
    """Write no log, and look for garbage less often. A fault is said once, by who looks for it."""
    logging.disable(logging.CRITICAL)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
