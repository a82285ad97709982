# SPDX-License-Identifier: MulanPSL-2.0
"""Parse JSON and remember on which line each value stands, so that an author finds a mistake."""

from __future__ import annotations

import json
from typing import Any

JsonPath = tuple[str | int, ...]

_SPACE = " \t\r\n"
_DEPTH = 60


class JsonError(ValueError):
    """The text is no JSON, or a key stands twice in one object."""

    def __init__(self, line: int, text: str) -> None:
        """Keep the line and the Chinese sentence."""
        super().__init__(text)
        self.line = line
        self.text = text


class LinedJson:
    """A parsed JSON text: ``value`` and the line of each part."""

    def __init__(self, text: str) -> None:
        """Parse.

        Raises:
            JsonError: not JSON, too deep, or a doubled key.
        """
        self._text = text
        self._lines: dict[JsonPath, int] = {}
        self._decode = json.JSONDecoder().raw_decode
        at = self._skip(1 if text.startswith("\ufeff") else 0)
        self.value, at = self._value(at, ())
        at = self._skip(at)
        if at != len(text):
            raise self._error(at, "文件末尾有多余的内容")

    def line(self, path: JsonPath) -> int:
        """Return the line of a part; of its nearest known parent when it is absent."""
        while path and path not in self._lines:
            path = path[:-1]
        return self._lines.get(path, 1)

    def _skip(self, at: int) -> int:
        while at < len(self._text) and self._text[at] in _SPACE:
            at += 1
        return at

    def _line_at(self, at: int) -> int:
        return self._text.count("\n", 0, at) + 1

    def _error(self, at: int, text: str) -> JsonError:
        return JsonError(self._line_at(at), f"{text}。")

    def _value(self, at: int, path: JsonPath) -> tuple[Any, int]:
        self._lines.setdefault(path, self._line_at(at))
        if len(path) > _DEPTH:
            raise self._error(at, "嵌套太深")
        char = self._text[at : at + 1]
        if char == "{":
            return self._object(at, path)
        if char == "[":
            return self._array(at, path)
        try:
            return self._decode(self._text, at)
        except ValueError as error:
            raise self._error(at, "这里读不懂，可能少了引号、逗号或括号") from error

    def _object(self, at: int, path: JsonPath) -> tuple[dict[str, Any], int]:
        out: dict[str, Any] = {}
        at = self._skip(at + 1)
        while self._text[at : at + 1] != "}":
            if out:
                at = self._expect(at, ",", "两项之间少了逗号")
            key, at = self._key(at)
            if key in out:
                raise self._error(at, f"「{key}」在同一层写了两遍")
            self._lines[(*path, key)] = self._line_at(at)
            at = self._expect(at, ":", "名称后面少了冒号")
            out[key], at = self._value(at, (*path, key))
            at = self._skip(at)
        return out, at + 1

    def _key(self, at: int) -> tuple[str, int]:
        if self._text[at : at + 1] != '"':
            raise self._error(at, "这里应是带引号的名称，可能多了逗号或少了右括号")
        try:
            key, end = self._decode(self._text, at)
        except ValueError as error:
            raise self._error(at, "名称的引号没有成对") from error
        return str(key), self._skip(end)

    def _array(self, at: int, path: JsonPath) -> tuple[list[Any], int]:
        out: list[Any] = []
        at = self._skip(at + 1)
        while self._text[at : at + 1] != "]":
            if out:
                at = self._expect(at, ",", "两项之间少了逗号")
            value, at = self._value(at, (*path, len(out)))
            out.append(value)
            at = self._skip(at)
        return out, at + 1

    def _expect(self, at: int, char: str, words: str) -> int:
        at = self._skip(at)
        if self._text[at : at + 1] != char:
            raise self._error(at, words)
        return self._skip(at + 1)
