"""The base of every configuration object, and the messages of its errors."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError, ValidationInfo

from recursive_roar.errors import UserError, nearest


class ConfigurationError(UserError):
    """The configuration cannot be used; one line for each problem."""


class Settings(BaseModel):
    """Typed, immutable settings that refuse unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def user_keys(settings: type[BaseModel]) -> list[str]:
    """Keys that a user may write: those of the schema, which lacks what this package fills in itself."""
    return list(settings.model_json_schema()["properties"])


def require_valid(parameters: Mapping[str, Any], settings: type[BaseModel], owner: str) -> None:
    """Refuse parameters that do not fit, as an error of the configuration that holds them.

    Raises:
        ValueError: naming the owner and the key.
    """
    try:
        settings.model_validate(parameters)
    except ValidationError as error:
        lines = str(explained(error, settings, f"{owner}: "))
        raise ValueError(lines.split("- ", 1)[1]) from None


def sources_read(info: ValidationInfo) -> bool:
    """Whether files that a configuration names will be read, so that they have to be there."""
    return bool((info.context or {}).get("sources_read", True))


def explained(error: ValidationError, root: type[BaseModel], prefix: str = "") -> ConfigurationError:
    """A validation error as lines of: key, value, what is wrong or allowed, nearest match."""
    lines = [_line(item, root, prefix) for item in _causes(error.errors())]
    return ConfigurationError("The configuration cannot be used:\n" + "\n".join(f"  - {line}" for line in lines))


def _causes(items: Sequence[Any]) -> list[Any]:
    """Errors without those that only say that a list lost its entries to other errors."""
    places = [item["loc"] for item in items]
    return [
        item
        for item in items
        if not (item["type"] == "too_short" and any(_inside(place, item["loc"]) for place in places))
    ]


def _inside(place: tuple[int | str, ...], outer: tuple[int | str, ...]) -> bool:
    return len(place) > len(outer) and place[: len(outer)] == outer


def _line(item: Any, root: type[BaseModel], prefix: str) -> str:
    path = (prefix + _dotted(item["loc"])).removesuffix(": ")
    if item["type"] == "extra_forbidden":
        allowed = sorted(user_keys(_settings_at(root, item["loc"][:-1])))
        key = str(item["loc"][-1])
        return f"{path}: unknown key '{key}'. Allowed: {', '.join(allowed)}.{nearest(key, allowed)}"
    if item["type"] == "missing":
        return f"{path}: this key is required"
    message = str(item["msg"]).removeprefix("Value error, ").removesuffix(".")
    if item["type"] == "value_error":
        sentence = message if message.endswith("?") else f"{message}."
        return f"{path}: {sentence}" if path else sentence
    allowed = re.findall(r"'([^']+)'", str(item.get("ctx", {}).get("expected", "")))
    return f"{path}: {message} (got {item['input']!r}).{nearest(item['input'], allowed)}"


def _dotted(location: tuple[int | str, ...]) -> str:
    """`("datasets", 0, "files")` as `datasets[0].files`."""
    text = ""
    for part in location:
        text += f"[{part}]" if isinstance(part, int) else f".{part}"
    return text.lstrip(".")


def _settings_at(root: type[BaseModel], location: tuple[int | str, ...]) -> type[BaseModel]:
    """The settings at a place in the configuration."""
    model = root
    for part in location:
        if isinstance(part, str) and part in model.model_fields:
            model = _inner_model(model.model_fields[part].annotation) or model
    return model


def _inner_model(annotation: Any) -> type[BaseModel] | None:
    """The settings class inside an annotation such as `tuple[Dataset, ...]` or `Files | None`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for argument in getattr(annotation, "__args__", ()):
        found = _inner_model(argument)
        if found is not None:
            return found
    return None
