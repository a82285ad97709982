# SPDX-License-Identifier: MulanPSL-2.0
"""Which proxy leads to the centre: the system's, none, or the one people set."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True)
class ProxyWish:
    """The setting ``sync.proxy`` and, for ``given``, the address."""

    choice: str = "system"
    url: str = ""

    def to(self, url: str, system: Callable[[str], Mapping[str, str]]) -> dict[str, str]:
        """Return the proxies for an address by scheme, as the HTTP library wants them.

        Args:
            url: Where the request goes.
            system: Asks the machine: the registry on Windows, the system settings on macOS, the
                environment elsewhere. Asked each time, so that a change there counts at once.
        """
        scheme = urlsplit(url).scheme
        if self.choice == "none":
            return {}
        if self.choice == "given":
            found = self.url.strip()
        else:
            machine = system(url)
            found = machine.get(scheme, machine.get("all", ""))
        return {scheme: found} if found else {}
