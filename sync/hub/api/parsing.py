# SPDX-License-Identifier: MulanPSL-2.0
"""Reading bodies that were signed as bytes."""

from __future__ import annotations

from typing import TypeVar

from pydantic import BaseModel, ValidationError

from sync.protocol import errors
from sync.protocol.errors import ProblemError

Model = TypeVar("Model", bound=BaseModel)


def parse(model: type[Model], body: bytes) -> Model:
    """Parse a body.

    Raises:
        ProblemError: 422, without repeating what was sent.
    """
    try:
        return model.model_validate_json(body)
    except (ValidationError, RecursionError) as error:
        raise ProblemError(422, errors.BAD_BODY, "请求的内容不是约定的格式。") from error
