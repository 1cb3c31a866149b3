"""How long a test waits for what has to come."""

PATIENCE = 300.0  # seconds; far more than anything takes on a busy machine: only a fault waits so long
