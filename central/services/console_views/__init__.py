"""What the console's pages show: several verbs' answers put together in one reading.

Law of the room: reads only; what is judged is judged by `central.domain` and `contract`, here it is merely
gathered, so that a page of a thousand appliances costs a handful of queries.
"""

from central.services.console_views.alarms import (
    all_clear_of,
    announcement_document,
    document_of,
    prepare_all_clear,
    signatures_wanted,
    standing_alarms,
    waiting_cancel,
)
from central.services.console_views.fleet import (
    AreaGroup,
    FleetView,
    UnitView,
    appliance_paper,
    fleet_view,
    unit_view,
)
from central.services.console_views.lives import slots_relaying
from central.services.console_views.tree import (
    AreaNode,
    area_names,
    area_tree,
    place_of,
    zones_of,
)
from central.services.console_views.trust import TrustView, trust_view
from central.services.console_views.warnings import WarningView, warning_views
from central.services.console_views.week import (
    Pending,
    WeekView,
    pending,
    week_view,
)

__all__ = [
    "AreaGroup",
    "AreaNode",
    "FleetView",
    "Pending",
    "TrustView",
    "UnitView",
    "WarningView",
    "WeekView",
    "all_clear_of",
    "announcement_document",
    "appliance_paper",
    "area_names",
    "area_tree",
    "document_of",
    "fleet_view",
    "pending",
    "place_of",
    "prepare_all_clear",
    "signatures_wanted",
    "slots_relaying",
    "standing_alarms",
    "trust_view",
    "unit_view",
    "waiting_cancel",
    "warning_views",
    "week_view",
    "zones_of",
]
