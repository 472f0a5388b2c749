"""What the columns of a register are called: in files for spreadsheets, on pages, and in tables.

One table for what goes out and what comes in, so that an exported file can be imported again. A
column is a path in the entry; what no row names is called by its path, and is found by it too.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from gateway.catalogue.registers import Register
from gateway.catalogue.text import compact
from gateway.catalogue.text import folded as compared

# The id of the entry, which every register has.
ID: Final = "entry"
STATUS: Final = "status"
# How lists stand in one cell.
SEPARATOR: Final = "; "

# The languages of texts side by side, as columns: the word after the English and Japanese heading.
LANGUAGES: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {"en": ("English", "英語"), "ja": ("Japanese", "日本語"), "km": ("Khmer", "クメール語")}
)

_MESSAGE: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-")
# What a list says of the people of an entry.
_OF_LIST: Final = frozenset({"representative", "contact"})

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column: where it lies in the entry and what it is called.

    Args:
        path: The members on the way to the value.
        is_text: The value holds one text for each language; a file has a column for each.
        is_group: The value holds several things; a file has a column for each value below it.
        also: Other words that a file which comes in may have at its head.
        is_spare: A page for everybody does without it.
        codes: The list whose codes stand there, for whoever shows them in words.
    """

    path: Path
    english: str
    japanese: str
    is_text: bool = False
    is_group: bool = False
    also: tuple[str, ...] = ()
    is_spare: bool = False
    codes: str = ""


def _column(path: str, english: str, japanese: str, *also: str, **more: Any) -> Column:
    return Column(
        path=tuple(path.split(".")), english=english, japanese=japanese, also=also, **more
    )


def _status(codes: str) -> Column:
    return _column(STATUS, "Status", "状態", "状況", "区分", codes=codes)


_SINCE: Final = (
    _column("status_since", "Status since", "状態の開始日", is_spare=True),
    _column("until", "Until", "停止期限", "停止の期限"),
)
# What single messages say of an end, a halt or a change; a list has no place for it.
_SINGLE: Final = (
    _column("decided_on", "Decided on", "決定年月日"),
    _column("effective_on", "Effective on", "効力発生日"),
    _column("kind", "How it ended", "終了の種類", is_spare=True),
    _column("changed_on", "Changed on", "変更年月日", is_spare=True),
)
_CONTACTS: Final = (
    _column(
        "representative.name_latin",
        "Representative",
        "代表者(ローマ字)",
        "Name of representative",
        is_spare=True,
    ),
    _column(
        "representative.name_native.value",
        "Representative (native)",
        "代表者",
        "代表者氏名",
        "代表者名",
        is_spare=True,
    ),
    _column(
        "representative.name_native.script",
        "Script of representative",
        "代表者氏名の文字",
        is_spare=True,
    ),
    _column(
        "representative.nationality", "Nationality of representative", "代表者の国籍", is_spare=True
    ),
    _column("contact.name", "Contact person", "担当者", "担当者氏名", is_spare=True),
    _column("contact.phone", "Contact phone", "担当者電話番号", is_spare=True),
    _column("contact.email", "Contact e-mail", "担当者メールアドレス", is_spare=True),
)
_NAME: Final = ("Name of organisation", "Name of organization", "機関名")
_PHONE: Final = ("Telephone", "Tel", "Tel.", "Phone number", "電話", "TEL")
_SITE: Final = ("Web site", "URL", "ホームページ", "HP")

COLUMNS: Final[Mapping[Register, tuple[Column, ...]]] = MappingProxyType(
    {
        Register.SENDING_ORGS: (
            _column(
                "organisation.name",
                "Name",
                "名称",
                *("Name of agency", "Agency", "Sending organisation", "Sending organization"),
                *("Company", "送出機関名", "送出機関"),
                *_NAME,
                is_text=True,
            ),
            _column(
                "licence.number",
                "Licence number",
                "許可番号",
                *("License number", "Licence no", "License no", "Licence", "免許番号"),
            ),
            _column("licence.issued_on", "Licence issued on", "許可年月日", is_spare=True),
            _column("licence.expires_on", "Licence valid until", "許可有効期限"),
            _column("approved_on", "Approved on", "認定年月日", "Date of approval", "承認年月日"),
            _column("organisation.address", "Address", "所在地", "住所", is_text=True),
            _column("organisation.region", "Region", "地域", is_spare=True),
            _column("organisation.phone", "Phone", "電話番号", *_PHONE),
            _column("organisation.email", "E-mail", "メールアドレス", "メール"),
            _column("organisation.website", "Website", "ウェブサイト", *_SITE),
            _column("scope.ssw", "Specified skilled workers", "特定技能", "SSW", is_spare=True),
            _column("scope.fields", "Fields", "分野", "特定産業分野", codes="ssw-fields"),
            _column("scope.titp", "Technical interns", "技能実習", "TITP", is_spare=True),
            _column("scope.destinations", "Destinations", "送出先国", "送出し先", is_spare=True),
            _column("organisation.country", "Country", "国", is_spare=True),
            _status("approval-statuses"),
            *_SINGLE,
            *_SINCE,
            *_CONTACTS,
        ),
        Register.SUPPORT_ORGS: (
            _column(
                "registration_no",
                "Registration number",
                "登録番号",
                *("Registration no", "Reg no", "RSO number"),
            ),
            _column("registered_on", "Registered on", "登録年月日", "Date of registration"),
            _column("renewed_on", "Renewed on", "更新年月日", "登録更新年月日", is_spare=True),
            _column("valid_until", "Valid until", "有効期限", "登録の有効期限", is_spare=True),
            _column(
                "name",
                "Name",
                "氏名又は名称",
                *("名称", "登録支援機関名", "登録支援機関"),
                *_NAME,
                is_text=True,
            ),
            _column("kind", "Kind", "法人・個人の別", "法人個人の別", is_spare=True),
            _column("identifiers.jp-houjin", "Corporate number", "法人番号", is_spare=True),
            _column("address", "Address", "住所", "所在地", is_text=True),
            _column("region", "Region", "地域", "都道府県", is_spare=True),
            _column("phone", "Phone", "電話番号", *_PHONE),
            _column("website", "Website", "ウェブサイト", *_SITE, is_spare=True),
            _column(
                "support_starts_on",
                "Support starts on",
                "支援業務開始年月日",
                "支援業務を開始する予定年月日",
                "支援業務を開始した年月日",
                is_spare=True,
            ),
            _column("offices", "Offices", "支援事務所", is_group=True),
            _column("languages", "Languages", "対応言語", "対応可能言語", "言語"),
            _status("support-org-statuses"),
            _SINCE[0],
            *_CONTACTS,
        ),
        Register.MEASURES: (
            _column("measure_no", "Measure", "処分番号", "Measure number"),
            _column("target.name", "Name", "名称", is_text=True),
            _column("type", "Kind of measure", "処分の種類", codes="measures"),
            _column("legal_basis.instrument", "Legal basis", "根拠法令", is_text=True),
            _column("legal_basis.article", "Article", "条項"),
            _column("ordered_on", "Ordered on", "処分年月日"),
            _column("comply_by", "To be complied with by", "履行期限"),
            _column("summary", "Summary", "概要", is_text=True),
            _status("measure-statuses"),
        ),
        Register.SUSPENSIONS: (
            _column("field", "Field", "分野", codes="ssw-fields"),
            _column("ssw_type", "Status of residence", "在留資格", codes="ssw-types"),
            _column("requested_by", "Requested by", "要請機関", is_text=True),
            _column("effective_from", "Effective from", "開始日"),
            _column("public_from", "Public from", "公表日", is_spare=True),
            _column("cut_off", "Counts by", "基準", codes="suspension-cut-offs"),
            _column("review_on", "Review on", "見直し日"),
            _column("notice_url", "Public notice", "公示"),
            _status(""),
        ),
        Register.CERTIFICATES: (
            _column("issued_on", "Issued on", "発行年月日"),
            _column("valid_until", "Valid until", "有効期限"),
            _column("ended_on", "Ended on", "終了年月日"),
            _column("field", "Field", "分野", codes="ssw-fields"),
            _column("ssw_type", "Status of residence", "在留資格", codes="ssw-types"),
            _status(""),
        ),
        Register.CONTACTS: (
            _column("effective_from", "Effective from", "適用日"),
            _status(""),
        ),
        Register.INTERMEDIARIES: (_status(""),),
    }
)


@dataclass(frozen=True, slots=True)
class Leaf:
    """One column of a file: a path down to one value, and its headings."""

    path: Path
    english: str
    japanese: str


def leaves_of(register: Register) -> tuple[Leaf, ...]:
    """Return the columns of a file: a text has one for each language."""
    return tuple(leaf for column in COLUMNS[register] for leaf in _expanded(column))


def _expanded(column: Column) -> Iterator[Leaf]:
    if column.is_group:
        return
    if not column.is_text:
        yield Leaf(column.path, column.english, column.japanese)
        return
    for code, (english, japanese) in LANGUAGES.items():
        yield Leaf(
            (*column.path, code),
            f"{column.english} ({english})",
            f"{column.japanese}({japanese})",
        )


def known_headings(register: Register) -> dict[str, Path]:
    """Return the path for every heading a file may have, by its folded form.

    A heading without a language is that of the language it is written in: `Name` is the English
    name, `名称` the Japanese one.
    """
    found: dict[str, Path] = {folded(word): (ID,) for word in ("Entry", "Id", "登録ID")}
    for column in COLUMNS[register]:
        for leaf in _expanded(column):
            for word in (leaf.english, leaf.japanese, ".".join(leaf.path)):
                found.setdefault(folded(word), leaf.path)
    for column in COLUMNS[register]:
        for word in (column.english, column.japanese, *column.also):
            for leaf in _expanded(column):
                if column.is_text:
                    code = leaf.path[-1]
                    for language in (code, *LANGUAGES[code]):
                        found.setdefault(folded(f"{word} {language}"), leaf.path)
                        found.setdefault(folded(f"{language} {word}"), leaf.path)
                    if code != ("en" if word.isascii() else "ja"):
                        continue
                found.setdefault(folded(word), leaf.path)
    return found


def folded(heading: str) -> str:
    """Return a heading as headings are compared: without case, spaces, hyphens and brackets."""
    return compact(compared(heading))


def people_in(private: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is sealed of an entry in one form, whoever said it: a list or a single message.

    >>> people_in({"contact": {"representative": {"nationality": "KH"}}})
    {'representative': {'nationality': 'KH'}}
    """
    listed = private.get("contact")
    if isinstance(listed, Mapping) and listed.keys() <= _OF_LIST:
        return {**{name: each for name, each in private.items() if name != "contact"}, **listed}
    return dict(private)


def at(value: Any, path: Path) -> Any:
    """Return what lies at a path, None if nothing does."""
    for name in path:
        if not isinstance(value, Mapping) or name not in value:
            return None
        value = value[name]
    return value


def unnamed(entries: Iterable[Mapping[str, Any]], register: Register) -> list[Path]:
    """Return the paths to values in some of the entries that no column names, in a fixed order."""
    named = {leaf.path for leaf in leaves_of(register)}
    found = {path for entry in entries for path in _paths(entry, ())}
    return sorted(found - named)


def _paths(value: Any, path: Path) -> Iterator[Path]:
    # What gathers from message to message under their ids is one column, or each would make one.
    if isinstance(value, Mapping) and not any(map(_MESSAGE.match, value)):
        for name, each in value.items():
            yield from _paths(each, (*path, str(name)))
    else:
        yield path
