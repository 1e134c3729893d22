"""All tables, so that migrations and tests see the whole."""

from central.db import (
    broadcast,
    cap,
    care,
    commissioning,
    drills,
    emergency,
    fleet,
    interfaces,
    ledger,
    library,
    people,
    planning,
    sites,
    tally,
    voices,
    workflow,
)
from central.db.base import Base

metadata = Base.metadata
ROOMS = (
    broadcast,
    cap,
    care,
    commissioning,
    drills,
    emergency,
    fleet,
    interfaces,
    ledger,
    library,
    people,
    planning,
    sites,
    tally,
    voices,
    workflow,
)
