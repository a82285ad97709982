# SPDX-License-Identifier: MulanPSL-2.0
"""What the shell asks of a screen; each method is optional, a plain QWidget is a screen too."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from PySide6.QtWidgets import QWidget


@dataclass(frozen=True, slots=True)
class KeyLine:
    """A key and what it does, for the help overlay."""

    key: str
    text: str
    group: str = "本页"


@runtime_checkable
class Titled(Protocol):
    """Has a title of its own for the window."""

    def title(self) -> str:
        """Title of the screen as it stands."""
        ...


@runtime_checkable
class Activates(Protocol):
    """Wants to know when it comes to the front."""

    def activate(self) -> None:
        """The screen is shown now: put the focus where work goes on."""
        ...


@runtime_checkable
class Refreshes(Protocol):
    """Shows data that commands change."""

    def refresh(self, changes: object | None) -> None:
        """Read again. `changes` says what changed; `None` means anything may have."""
        ...


@runtime_checkable
class Zoned(Protocol):
    """Has several zones that F6 walks through."""

    def zones(self) -> list[QWidget]:
        """Zones in reading order."""
        ...


@runtime_checkable
class Leavable(Protocol):
    """May have a reason to stay."""

    def can_leave(self) -> bool:
        """False keeps the screen; it must have said why by then."""
        ...


@runtime_checkable
class GoesBack(Protocol):
    """Has inner places that Esc leaves before the screen itself is left."""

    def go_back(self) -> bool:
        """Take one inner step back; false if there is none."""
        ...


@runtime_checkable
class Keyed(Protocol):
    """Has shortcuts of its own."""

    def keys(self) -> Sequence[KeyLine]:
        """The shortcuts of this screen, for the help overlay."""
        ...


class Screen(Titled, Activates, Refreshes, Zoned, Leavable, Protocol):
    """All of the usual methods together, for screens that want the type checker's help."""


# The parameter is `object`: the checker holds that no QWidget can be one of these Protocols.


def title_of(screen: object, otherwise: str) -> str:
    """The screen's own title, else another."""
    return screen.title() if isinstance(screen, Titled) else otherwise


def activate(screen: object) -> None:
    """Tell the screen that it is in front."""
    if isinstance(screen, Activates):
        screen.activate()


def refresh(screen: object, changes: object | None) -> None:
    """Let the screen read again."""
    if isinstance(screen, Refreshes):
        screen.refresh(changes)


def zones_of(screen: object) -> list[QWidget]:
    """The screen's zones; a screen without zones is one."""
    if isinstance(screen, Zoned):
        return screen.zones()
    return [screen] if isinstance(screen, QWidget) else []


def can_leave(screen: object) -> bool:
    """Whether the screen may be left now."""
    return screen.can_leave() if isinstance(screen, Leavable) else True


def go_back(screen: object) -> bool:
    """Take an inner step back; false if the screen has none."""
    return screen.go_back() if isinstance(screen, GoesBack) else False


def keys_of(screen: object) -> list[KeyLine]:
    """The screen's own shortcuts."""
    return list(screen.keys()) if isinstance(screen, Keyed) else []
