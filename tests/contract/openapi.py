"""Judges HTTP requests and answers by an OpenAPI description that others wrote, 3.0 or 3.1.

Stricter than the description in one thing: a parameter or a member of a request that it does not name is an error, so that a misspelt
one is seen. Each check gives what is wrong, a line each.
"""

import email.parser
import email.policy
import json
import re
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote

import jsonschema


def as_json_schema(schema: Any) -> Any:
    """OpenAPI 3.0's "nullable" as JSON Schema has it, and alternatives that need not exclude each other: the descriptions write oneOf
    where several fit (a quote with nothing but its state, a text that has a poll)."""
    if isinstance(schema, list):
        return [as_json_schema(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    out = {key: as_json_schema(value) for key, value in schema.items()}
    if out.pop("nullable", False) is True and isinstance(out.get("type"), str):
        out["type"] = [out["type"], "null"]
    if "oneOf" in out and "anyOf" not in out:
        out["anyOf"] = out.pop("oneOf")
    return out


def media_type(content_type: str) -> str:
    return content_type.split(";")[0].strip().lower()


def parts_of(content_type: str, body: bytes) -> dict[str, list[str]]:
    """The members of a multipart or urlencoded form; a file's content is left out."""
    found: dict[str, list[str]] = {}
    if media_type(content_type) == "application/x-www-form-urlencoded":
        for name, value in parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=bool(body)):
            found.setdefault(name, []).append(value)
        return found
    head = f"Content-Type: {content_type}\r\n\r\n".encode()
    message = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(head + body)
    for part in message.iter_parts():
        name = part.get_param("name", header="content-disposition")
        text = "" if part.get_filename() is not None else part.get_payload(decode=True).decode()
        found.setdefault(str(name), []).append(text)
    return found


class OpenApi:
    def __init__(self, file: Path):
        spec = json.loads(file.read_text(encoding="utf-8"))
        self.paths: dict[str, dict] = spec["paths"]
        self._components = as_json_schema(spec["components"])
        self._validators: dict[str, jsonschema.Draft202012Validator] = {}

    @cached_property
    def _templates(self) -> list[tuple[re.Pattern, str]]:
        """Those with the fewest gaps first."""
        ordered = sorted(self.paths, key=lambda path: path.count("{"))
        return [(re.compile("/".join("[^/]+" if "{" in part else re.escape(part) for part in path.split("/"))), path)
                for path in ordered]

    def find(self, method: str, path: str) -> str | None:
        """The path's template, if the description has this operation."""
        for pattern, template in self._templates:
            if pattern.fullmatch(path) and method.lower() in self.paths[template]:
                return template
        return None

    def errors(self, schema: dict, value: Any) -> list[str]:
        key = json.dumps(schema, sort_keys=True)
        if key not in self._validators:
            whole = {"$schema": "https://json-schema.org/draft/2020-12/schema", "components": self._components,
                     **as_json_schema(schema)}
            self._validators[key] = jsonschema.Draft202012Validator(whole, format_checker=jsonschema.FormatChecker())
        return [f"{'/'.join(map(str, error.absolute_path))}: {error.message[:200]}" for error in self._validators[key].iter_errors(value)]

    def answer_schema(self, method: str, template: str, status: int) -> dict | None:
        answers = self.paths[template][method.lower()]["responses"]
        answer = answers.get(str(status)) or answers.get("default", {})
        kinds = answer.get("content", {})
        kind = kinds.get("application/json") or next(iter(kinds.values()), {})
        return kind.get("schema")

    def answer_errors(self, method: str, template: str, status: int, content_type: str, body: bytes) -> list[str]:
        schema = self.answer_schema(method, template, status)
        if schema is None:
            return [f"no answer {status} is described"]
        if media_type(content_type) not in ("application/json", "application/problem+json"):
            return [f"the answer is {content_type!r}, not JSON"]
        return self.errors(schema, json.loads(body))

    def request_errors(self, method: str, template: str, target: str, content_type: str, body: bytes) -> list[str]:
        """`target` as it stands in the request: the path with its query."""
        path, _, query = target.partition("?")
        found = self._parameter_errors(method, template, path, query)
        described = self.paths[template][method.lower()].get("requestBody")
        if described is None:
            return found + ([f"a body of {len(body)} bytes that is not described"] if body else [])
        if not body:
            return found + (["no body"] if described.get("required") else [])
        kind = described["content"].get(media_type(content_type))
        if kind is None:
            return found + [f"the body is {content_type!r}, which is not described"]
        schema = kind["schema"]
        members = self._members(schema)
        if media_type(content_type) == "application/json":
            value = json.loads(body)
        else:
            value = {name.removesuffix("[]"): self._typed(members.get(name.removesuffix("[]"), {}), texts)
                     for name, texts in parts_of(content_type, body).items()}
        if members and isinstance(value, dict):
            found += [f"{name} is not described" for name in value if name not in members]
        return found + self.errors(schema, value)

    def _resolve(self, schema: dict) -> dict:
        while "$ref" in schema:
            *_, section, name = schema["$ref"].split("/")
            schema = self._components[section][name]
        return schema

    def _members(self, schema: dict) -> dict[str, dict]:
        """By name, of whatever alternative."""
        schema = self._resolve(schema)
        found = dict(schema.get("properties", {}))
        for word in ("oneOf", "anyOf", "allOf"):
            for one in schema.get(word, []):
                found = self._members(one) | found
        return found

    def _typed(self, schema: dict, texts: list[str], exploded: bool = True) -> Any:
        """What texts in a query or a form mean. What cannot be meant stays text, which the schema then refuses."""
        schema = self._resolve(schema)
        for word in ("oneOf", "anyOf"):
            for one in schema.get(word, []):
                typed = self._typed(one, texts, exploded)
                if not self.errors(one, typed):
                    return typed
        kind = schema.get("type")
        if kind == "array":
            texts = texts if exploded else [part for text in texts for part in text.split(",")]
            return [self._typed(schema.get("items", {}), [text]) for text in texts]
        text = texts[-1] if texts else ""
        if kind == "integer" and re.fullmatch(r"-?\d+", text):
            return int(text)
        if kind == "boolean" and text in ("true", "false"):
            return text == "true"
        return text

    def _parameter_errors(self, method: str, template: str, path: str, query: str) -> list[str]:
        operation = self.paths[template][method.lower()]
        described = [self._resolve(one) for one in self.paths[template].get("parameters", []) + operation.get("parameters", [])]
        given: dict[str, list[str]] = {}
        for name, value in parse_qsl(query, keep_blank_values=True):
            given.setdefault(name.removesuffix("[]"), []).append(value)
        of_query = {one["name"].removesuffix("[]"): one for one in described if one["in"] == "query"}
        found = [f"parameter {name} is not described" for name in given if name not in of_query]
        for name, one in of_query.items():
            if name in given:
                value = self._typed(one["schema"], given[name], one.get("explode", True))
                found += [f"parameter {name} {error}" for error in self.errors(one["schema"], value)]
            elif one.get("required"):
                found.append(f"parameter {name} is missing")
        for gap, text in zip(template.split("/"), path.split("/")):
            one = next((one for one in described if one["in"] == "path" and gap == "{" + one["name"] + "}"), None)
            if one:
                value = self._typed(one["schema"], [unquote(text)])
                found += [f"{gap} {error}" for error in self.errors(one["schema"], value)]
        return found
