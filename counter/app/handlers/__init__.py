# SPDX-License-Identifier: MulanPSL-2.0
"""One module of handlers per aggregate; ``registry`` knows them all."""
