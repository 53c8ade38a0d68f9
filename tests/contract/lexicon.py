"""Judges values by the AT Protocol's lexicons, read from a folder that others wrote.

Stricter than the lexicons' own rules in one thing: a member that no lexicon names is an error, so that a misspelt one is seen.
Graphemes are counted roughly (no marks, joiners or modifiers), which never counts more than there are by much.
"""

import json
import re
import unicodedata
from datetime import datetime
from pathlib import Path
from typing import Any

# Lexicons that others refer to and that the folder has not, with what stands in for them and why.
ABSENT = {
    "chat.bsky.actor.defs#profileViewBasic": (
        "app.bsky.actor.defs#profileViewBasic", "a member of a conversation is shown as a profile"),
    "chat.bsky.actor.defs#memberRole": (None, "of groups, which the sandbox has not"),
    "chat.bsky.embed.joinLink": (None, "of groups"),
    "chat.bsky.embed.joinLink#view": (None, "of groups"),
    "chat.bsky.group.defs#joinLinkView": (None, "of groups"),
}

_DOMAIN = r"[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
_HANDLE = rf"({_DOMAIN}\.)+[a-zA-Z]([a-zA-Z0-9-]{{0,61}}[a-zA-Z0-9])?"
_DID = r"did:[a-z]+:[a-zA-Z0-9._:%-]*[a-zA-Z0-9._-]"
_NSID = rf"[a-zA-Z]([a-zA-Z0-9-]{{0,61}}[a-zA-Z0-9])?(\.{_DOMAIN})+\.[a-zA-Z][a-zA-Z0-9]{{0,62}}"
_KEY = r"(?!\.\.?$)[a-zA-Z0-9_~.:-]{1,512}"
_FORMATS = {
    "did": _DID,
    "handle": _HANDLE,
    "at-identifier": rf"{_DID}|{_HANDLE}",
    "nsid": _NSID,
    "record-key": _KEY,
    "tid": r"[234567abcdefghij][234567abcdefghijklmnopqrstuvwxyz]{12}",
    "cid": r"b[a-z2-7]{58}",
    "language": r"([a-zA-Z]{2,8}|[ixX])(-[a-zA-Z0-9]{1,8})*",
    "uri": r"[a-zA-Z][a-zA-Z0-9+.-]{0,80}:\S+",
    "at-uri": rf"at://({_DID}|{_HANDLE})(/{_NSID}(/{_KEY})?)?",
}


def graphemes(text: str) -> int:
    count, joined = 0, False
    for c in text:
        modifies = unicodedata.category(c) in ("Mn", "Me", "Mc", "Cf") or "\U0001f3fb" <= c <= "\U0001f3ff"
        if not modifies and not joined:
            count += 1
        joined = c == "\u200d"
    return count


class Lexicons:
    def __init__(self, folder: Path):
        self.docs = {}
        for path in sorted(folder.rglob("*.json")):
            doc = json.loads(path.read_text(encoding="utf-8"))
            self.docs[doc["id"]] = doc["defs"]
        if not self.docs:
            raise FileNotFoundError(f"no lexicons in {folder}")

    def definition(self, ref: str, base: str = "") -> tuple[dict | None, str]:
        """What a reference leads to, and the document that it stands in."""
        nsid, _, name = ref.partition("#")
        nsid = nsid or base
        full = f"{nsid}#{name}" if name else nsid
        if nsid not in self.docs and full in ABSENT:
            instead = ABSENT[full][0]
            return self.definition(instead) if instead else (None, nsid)
        if nsid not in self.docs:
            raise KeyError(f"no lexicon {nsid}, and no reason why not")
        return self.docs[nsid][name or "main"], nsid

    def method(self, nsid: str) -> dict | None:
        main = self.docs.get(nsid, {}).get("main")
        return main if main and main["type"] in ("query", "procedure") else None

    def errors(self, schema: dict, value: Any, base: str) -> list[str]:
        found: list[str] = []
        self._check(schema, value, base, "", found)
        return found

    def record_errors(self, value: Any) -> list[str]:
        """Of a record whose type is known; none for others."""
        main = self.docs.get(value.get("$type", ""), {}).get("main") if isinstance(value, dict) else None
        if not main or main["type"] != "record":
            return []
        return self.errors(main["record"], value, value["$type"])

    def _check(self, schema: dict, value: Any, base: str, path: str, found: list[str]) -> None:
        kind = schema["type"]
        getattr(self, "_" + kind.replace("-", "_"))(schema, value, base, path or "/", found)

    def _ref(self, schema, value, base, path, found):
        target, where = self.definition(schema["ref"], base)
        if target is None:
            found.append(f"{path}: {schema['ref']} is not known here")
        else:
            self._check(target, value, where, path, found)

    def _union(self, schema, value, base, path, found):
        kind = value.get("$type") if isinstance(value, dict) else None
        if not isinstance(kind, str):
            found.append(f"{path}: a member of a union says its $type")
            return
        for ref in schema["refs"]:
            full = base + ref if ref.startswith("#") else ref
            if kind == full or kind == full.removesuffix("#main"):
                self._ref({"ref": full}, value, base, path, found)
                return
        found.append(f"{path}: {kind} is none of the union's")  # open unions too: we know what we say

    def _object(self, schema, value, base, path, found):
        if not isinstance(value, dict):
            found.append(f"{path}: no object: {value!r:.80}")
            return
        members, nullable = schema.get("properties", {}), schema.get("nullable", [])
        for name in schema.get("required", []):
            if name not in value:
                found.append(f"{path}: {name} is missing")
        for name, item in value.items():
            if name == "$type":
                continue
            if name not in members:
                found.append(f"{path}: no lexicon names {name}")
            elif not (item is None and name in nullable):
                self._check(members[name], item, base, f"{path.rstrip('/')}/{name}", found)

    def _record(self, schema, value, base, path, found):
        self._check(schema["record"], value, base, path, found)

    _params = _object

    def _array(self, schema, value, base, path, found):
        if not isinstance(value, list):
            found.append(f"{path}: no list: {value!r:.80}")
            return
        if not schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", len(value)):
            found.append(f"{path}: {len(value)} elements")
        for number, item in enumerate(value):
            self._check(schema["items"], item, base, f"{path.rstrip('/')}/{number}", found)

    def _string(self, schema, value, _base, path, found):
        if not isinstance(value, str):
            found.append(f"{path}: no text: {value!r:.80}")
            return
        length = len(value.encode())
        if not schema.get("minLength", 0) <= length <= schema.get("maxLength", length):
            found.append(f"{path}: {length} bytes")
        if graphemes(value) > schema.get("maxGraphemes", length):
            found.append(f"{path}: {graphemes(value)} graphemes")
        if "const" in schema and value != schema["const"] or value not in schema.get("enum", [value]):
            found.append(f"{path}: {value!r} is not of the list")
        form = schema.get("format")
        if form == "datetime":
            try:
                moment = datetime.fromisoformat(value.replace("Z", "+00:00"))
                if moment.tzinfo is None or "T" not in value:
                    raise ValueError("no zone")
            except ValueError:
                found.append(f"{path}: {value!r} is no datetime")
        elif form and not re.fullmatch(_FORMATS[form], value):
            found.append(f"{path}: {value!r} is no {form}")

    def _integer(self, schema, value, _base, path, found):
        if not isinstance(value, int) or isinstance(value, bool):
            found.append(f"{path}: no integer: {value!r:.80}")
        elif not schema.get("minimum", value) <= value <= schema.get("maximum", value):
            found.append(f"{path}: {value} is out of range")

    def _boolean(self, schema, value, _base, path, found):
        if not isinstance(value, bool) or value != schema.get("const", value):
            found.append(f"{path}: {value!r:.80} is not the truth value that is wanted")

    def _blob(self, schema, value, _base, path, found):
        good = (isinstance(value, dict) and value.keys() == {"$type", "ref", "mimeType", "size"}
                and value["$type"] == "blob" and isinstance(value["size"], int)
                and re.fullmatch(_FORMATS["cid"], value["ref"].get("$link", "")))
        if not good:
            found.append(f"{path}: no blob: {value!r:.80}")
            return
        if value["size"] > schema.get("maxSize", value["size"]):
            found.append(f"{path}: {value['size']} bytes")
        patterns = [re.escape(one).replace(r"\*", ".*") for one in schema.get("accept", ["*/*"])]
        if not any(re.fullmatch(pattern, value["mimeType"]) for pattern in patterns):
            found.append(f"{path}: {value['mimeType']}")

    def _unknown(self, _schema, value, _base, path, found):
        if not isinstance(value, dict):
            found.append(f"{path}: no object: {value!r:.80}")
        found += [f"{path}: {error}" for error in self.record_errors(value)]
