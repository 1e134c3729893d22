"""Central's verbs: one function each. What a page, an API or a command line does, it does through these.

How a verb is called
    house = open_house(settings)                      # once per process (central.__main__ does it)
    with house.reading() as unit:                     # sees one state, changes nothing
        slots = list_slots(unit, "dt/my-phong")
    with house.writing() as unit:                     # one transaction; undone when something is raised
        create_slot(unit, "dt/my-phong", slot, who=person, now=house.clock())
Verbs that take `house` instead of `unit` open transactions of their own because their work is long (uploads,
publishing). All are plain blocking functions: call them from `def` routes (worker threads), never from the
event loop. `who` is a `Person` (see `person_of`) or None for the house itself (command line, chores); a verb
checks the person's right at the area and raises `Forbidden`. Answers are the frozen values of `central.domain.states`.

Errors, all with `.why`, a Vietnamese sentence for the page: `NotFound` 404, `Forbidden` 403,
`NotSignedIn` 401, `Unacceptable` 422, `TooLarge` 413, `Conflict` 409, `TooOften` 429 (`central.domain.errors`), and
`contract.errors.Refused` 422 for sealed papers that do not hold (its `code` and English `why`;
`refusal_words(refused)` gives the sentence for the page).

Areas      add_area(unit, path, name, *, who, now) · import_areas(unit, areas, *, who, now) ·
           list_areas(unit, under=None) · area_named(unit, path)
People     add_person(unit, name, password, *, who, now) · grant(unit, name, role, area, *, who, now) ·
           set_password(unit, name, password, *, who, now) ·
           sign_in(unit, name, password, *, now) -> SignedIn | Declined ·
           person_of(unit, token, *, now) -> Person · sign_out(unit, token)
           sign_in answers Declined as a value so that the failure count is committed: look, do not catch.
Content    begin_upload(house, declared_bytes) -> Intake; Intake.write(chunk); Intake.discard() ·
           finish_upload(house, intake, upload, *, who, now) -> ContentState ·
           take_upload(house, chunks, upload, *, who, now) = the three in one; `Upload(name, mime, title, area)` ·
           content_named(unit, sha256, *, now) · content_path(house, sha256)
Live       list_lives(unit, *, areas=None, now) · live_named(unit, sha256, *, now): approved by `sha256`, as content is
Approval   prepare_approval(unit, sha256, area, *, who, now, life=365 days) -> Prepared ·
           take_approval(unit, envelope, *, who, now) -> ApprovalState
Slots      new_slot_id() · create_slot(unit, area, slot, *, who, now) · change_slot(unit, slot, *, who, now) ·
           delete_slot(unit, slot_id, *, who, now) · slot_named(unit, slot_id) ·
           list_slots(unit, area, *, inherited=True)       edits are drafts until `publish`
Programme  preview(unit, day, *, area=None, device=None, now) -> Preview (drafts as they stand) ·
           publish(house, area, *, who, now) -> Published · republish_device(unit, device, *, now)
Fleet      take_assignment(unit, envelope, *, who, now) -> DeviceState · fleet(unit, *, area=None, now) ·
           device_named(unit, device_id, *, now) · list_plays(unit, *, device=None, area=None, limit=200) ·
           list_refusals(...) · list_receipts(...) · list_readiness(...) the same ·
           list_warnings(unit, *, device=None, area=None, since=None, now, limit=200) ·
           newest_readiness(unit, device, *, test) · not_ready(unit, *, now) -> by device
Sites      (`services.sites`, `services.site_import`) plan_site · outline · import_sites · list_sites · site_named ·
           unplan · issue_claim · preauthorise · unmatch
Enrolment  (`services.enrolment`, `services.enrolment_papers`) ask(house, asked, *, source, now) · pending(unit, who) ·
           match_by_hand · refuse · prepare_assignment · confirm · prepare_retirement · retire
Handing over (`services.commissionings`) take_commissioning(unit, envelope, *, device, who, now) ·
           commissionings_at(unit, site, *, who) · commissionings_of · commissioning_envelope
Copies     (`services.clones`) standing_signs(unit, areas) · dismiss_signs(unit, device, *, who, now)
Alarm      prepare_announcement(unit, draft, *, who, now) -> Prepared; `AlarmDraft` ·
           prepare_cancel(unit, announcement_id, *, who, now) -> Prepared ·
           enter_announcement(unit, envelope, *, who, now) -> its id · take_announcement(...) -> AnnouncementState
           (phase WAITING until enough have signed) ·
           list_announcements(unit, *, area=None, now) · announcement_named(unit, id, *, now) ·
           waiting_envelope(unit, id) -> bytes (what the second person adds a signature to)
Command    send_command(unit, device_id, action, *, who, now) -> int (its counter)
Trust      take_chain(house, bundle, *, who, now) -> ChainState · chain_state(house) · tend_chain(house, *, now)
Log        (`services.transparency`) enter · enter_programmes · enter_times: in the transaction of what was signed ·
           (`services.log_reading`) log_head · search_log · check_may_export · export_log(house) ·
           export_reports(house) · (`services.log_alarms`) list_log_alarms(unit, *, device, area, standing) ·
           acknowledge_log_alarms(unit, ids, words)
House      sign_active_sets(unit, *, now) · resume_publications(house, *, now) · sweep(house, *, now) ·
           renew_programmes(house, *, now)
Appliance  (used by central.api and central.push only: `services.doors`, `services.stream`, `services.reports`,
           `services.timekeeping`)

Sealing is two steps wherever a person's key signs: `prepare_*` gives the exact payload bytes, the person's browser or
command line seals them, `take_*` verifies and acts. The server never holds those keys.

The console is mounted by `central.app` at /console: `central.console.make_console(house: House) -> FastAPI`.
Its cookie holds the token of `sign_in`; `house.settings.session_secret` may key its CSRF tokens.
"""

from central.domain.areas import Area, from_csv
from central.domain.errors import (
    CentralError,
    Conflict,
    Forbidden,
    NotFound,
    NotSignedIn,
    TooLarge,
    Unacceptable,
)
from central.domain.people import Grant, Person, PersonRole, Right
from central.services.alarms import (
    AlarmDraft,
    announcement_named,
    enter_announcement,
    list_announcements,
    prepare_announcement,
    prepare_cancel,
    take_announcement,
    waiting_envelope,
)
from central.services.approvals import prepare_approval, take_approval
from central.services.areas import add_area, area_named, import_areas, list_areas
from central.services.chain import chain_state, take_chain, tend_chain
from central.services.commands import send_command
from central.services.contents import (
    Intake,
    Upload,
    begin_upload,
    content_named,
    content_path,
    finish_upload,
    take_upload,
)
from central.services.devices import (
    device_named,
    fleet,
    list_plays,
    list_receipts,
    list_refusals,
    take_assignment,
)
from central.services.findings import (
    list_readiness,
    list_warnings,
    newest_readiness,
    not_ready,
)
from central.services.housekeeping import sign_active_sets, sweep
from central.services.lives import list_lives, live_named
from central.services.people import (
    add_person,
    grant,
    person_of,
    set_password,
    sign_in,
    sign_out,
)
from central.services.preview import preview
from central.services.publishing import (
    publish,
    renew_programmes,
    republish_device,
    resume_publications,
)
from central.services.slots import (
    change_slot,
    create_slot,
    delete_slot,
    list_slots,
    new_slot_id,
    slot_named,
)
from central.services.unit import House, Unit, open_house, utc_now
from central.services.words import refusal_words

__all__ = [
    "AlarmDraft",
    "Area",
    "CentralError",
    "Conflict",
    "Forbidden",
    "Grant",
    "House",
    "Intake",
    "NotFound",
    "NotSignedIn",
    "Person",
    "PersonRole",
    "Right",
    "TooLarge",
    "Unacceptable",
    "Unit",
    "Upload",
    "add_area",
    "add_person",
    "announcement_named",
    "area_named",
    "begin_upload",
    "chain_state",
    "change_slot",
    "content_named",
    "content_path",
    "create_slot",
    "delete_slot",
    "device_named",
    "enter_announcement",
    "finish_upload",
    "fleet",
    "from_csv",
    "grant",
    "import_areas",
    "list_announcements",
    "list_areas",
    "list_lives",
    "list_plays",
    "list_readiness",
    "list_receipts",
    "list_refusals",
    "list_slots",
    "list_warnings",
    "live_named",
    "new_slot_id",
    "newest_readiness",
    "not_ready",
    "open_house",
    "person_of",
    "prepare_announcement",
    "prepare_approval",
    "prepare_cancel",
    "preview",
    "publish",
    "refusal_words",
    "renew_programmes",
    "republish_device",
    "resume_publications",
    "send_command",
    "set_password",
    "sign_active_sets",
    "sign_in",
    "sign_out",
    "slot_named",
    "sweep",
    "take_announcement",
    "take_approval",
    "take_assignment",
    "take_chain",
    "take_upload",
    "tend_chain",
    "utc_now",
    "waiting_envelope",
]
