# SPDX-License-Identifier: MulanPSL-2.0
"""The version of this program, for crash reports and the centre's policy."""


def program_version() -> str:
    """Return the installed version, ``0`` where the program was not installed."""
    # Deferred: it loads the mail parser, which the way to the sign-in window does not need.
    from importlib.metadata import PackageNotFoundError, version  # noqa: PLC0415 - seldom asked

    try:
        return version("counter-yichuang")
    except PackageNotFoundError:
        return "0"
