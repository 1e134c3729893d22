"""All tables, so that migrations and tests see the whole."""

from central.db import broadcast, fleet, ledger, people, sites
from central.db.base import Base

metadata = Base.metadata
ROOMS = (broadcast, fleet, ledger, people, sites)
