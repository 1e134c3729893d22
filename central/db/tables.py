"""All tables, so that migrations and tests see the whole."""

from central.db import (
    broadcast,
    cap,
    care,
    fleet,
    interfaces,
    ledger,
    library,
    people,
    planning,
    sites,
    tally,
    workflow,
)
from central.db.base import Base

metadata = Base.metadata
ROOMS = (
    broadcast,
    cap,
    care,
    fleet,
    interfaces,
    ledger,
    library,
    people,
    planning,
    sites,
    tally,
    workflow,
)
