"""The audit log as people read it: what a verb is called, and what changed between before and after.

Law of the room: pure. A verb without words is shown as it is written.
"""

from collections.abc import Mapping
from typing import Final

import msgspec

from central.domain.people_states import Change

MAX_VALUE_CHARS: Final = 400
VERBS: Final[Mapping[str, str]] = {
    "sign-in": "đăng nhập",
    "lock-out": "tạm khóa vì nhập sai",
    "recovery-code-used": "dùng mã khôi phục",
    "add-person": "thêm người dùng",
    "invite": "mời người dùng",
    "change-person": "sửa hồ sơ người dùng",
    "grant": "cấp quyền",
    "revoke": "rút quyền",
    "disable-person": "khóa tài khoản",
    "enable-person": "mở tài khoản",
    "reset-password": "đặt lại mật khẩu",
    "set-password": "đặt mật khẩu",
    "remove-second-factor": "gỡ xác thực hai lớp",
    "change-own-profile": "sửa hồ sơ của mình",
    "change-own-password": "đổi mật khẩu của mình",
    "second-factor-on": "bật xác thực hai lớp",
    "second-factor-off": "tắt xác thực hai lớp",
    "recovery-codes": "tạo mã khôi phục mới",
    "end-session": "kết thúc một phiên",
    "end-sessions": "đăng xuất nơi khác",
    "add-area": "thêm địa bàn",
    "rename-area": "sửa địa bàn",
    "merge-areas": "sáp nhập địa bàn",
    "move-area": "chuyển địa bàn",
    "split-area": "chia tách địa bàn",
    "close-area": "đóng địa bàn",
    "upload": "tải nội dung lên",
    "approve": "duyệt",
    "create-slot": "thêm khung giờ",
    "change-slot": "sửa khung giờ",
    "delete-slot": "xóa khung giờ",
    "publish": "gửi lịch",
    "announce": "phát khẩn cấp",
    "command": "điều khiển thiết bị",
    "assign": "giao máy",
    "retire": "thu hồi máy",
    "plan-site": "lập vị trí",
    "unplan-site": "xóa vị trí",
    "trust": "nhận chuỗi tin cậy",
    "log-alarm": "ghi nhận cảnh báo sổ ký",
}


def changes(before: str, after: str) -> tuple[Change, ...]:
    """Return the fields that differ between two JSON objects, in the order of their names."""
    old, new = _fields(before), _fields(after)
    return tuple(
        Change(field=name, before=_shown(old, name), after=_shown(new, name))
        for name in sorted(old.keys() | new.keys())
        if old.get(name) != new.get(name) or (name in old) != (name in new)
    )


def _fields(text: str) -> dict[str, object]:
    if not text:
        return {}
    try:
        return msgspec.json.decode(text, type=dict[str, object])
    except msgspec.DecodeError:
        return {"…": text}


def _shown(fields: Mapping[str, object], name: str) -> str | None:
    if name not in fields:
        return None
    text = _words(fields[name])
    return text if len(text) <= MAX_VALUE_CHARS else f"{text[:MAX_VALUE_CHARS]}…"


def _words(value: object) -> str:
    """Return a value as people read it: lists by commas, pairs by arrows, the rest as JSON."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return ", ".join(_words(item) for item in value)
    if isinstance(value, dict):
        return ", ".join(f"{key} → {_words(item)}" for key, item in value.items())
    return msgspec.json.encode(value).decode()
