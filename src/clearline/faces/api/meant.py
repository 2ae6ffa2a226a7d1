"""What a shape takes at a spot of a value: the names and words that a refusal tells the sender."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec import inspect


def words_at(shape: Any, value: Any, steps: Sequence[str]) -> tuple[str, ...]:
    """Return the words of a closed list that `shape` takes at the spot; none where it takes something else."""
    if steps:
        tags = [_tag(kind) for kind in _structs(_walk(shape, value, steps[:-1]))]
        if any(field == steps[-1] for field, _ in tags):
            return tuple(str(tag) for _, tag in tags)
    for kind in _options(_walk(shape, value, steps)):
        if isinstance(kind, inspect.LiteralType):
            return tuple(str(word) for word in kind.values)
    return ()


def fields_at(shape: Any, value: Any, steps: Sequence[str]) -> tuple[str, ...]:
    """Return the names of the members that an object at the spot may have, in their order."""
    for kind in _chosen(_structs(_walk(shape, value, steps)), _value_at(value, steps)):
        names = tuple(field.encode_name for field in kind.fields)
        return (str(kind.tag_field), *names) if kind.tag_field else names
    return ()


def _walk(shape: Any, value: Any, steps: Sequence[str]) -> inspect.Type | None:
    kind: inspect.Type | None = inspect.type_info(shape)
    for number, step in enumerate(steps):
        if kind is None:
            return None
        kind = _below(kind, step, _value_at(value, steps[:number]))
    return kind


def _below(kind: inspect.Type, step: str, value: Any) -> inspect.Type | None:
    for option in _options(kind):
        if isinstance(option, inspect.ListType):
            return option.item_type
    for option in _chosen(_structs(kind), value):
        for field in option.fields:
            if field.encode_name == step:
                return field.type
    return None


def _options(kind: inspect.Type | None) -> list[inspect.Type]:
    if kind is None:
        return []
    if isinstance(kind, inspect.Metadata):
        return _options(kind.type)
    if isinstance(kind, inspect.UnionType):
        return [option for one in kind.types for option in _options(one)]
    return [kind]


def _structs(kind: inspect.Type | None) -> list[inspect.StructType]:
    return [option for option in _options(kind) if isinstance(option, inspect.StructType)]


def _chosen(structs: list[inspect.StructType], value: Any) -> list[inspect.StructType]:
    """Return the struct whose tag the value has, or the only one."""
    if len(structs) < 2:
        return structs
    return [one for one in structs if isinstance(value, dict) and value.get(str(one.tag_field)) == one.tag]


def _tag(struct: inspect.StructType) -> tuple[str | None, str | int | None]:
    return struct.tag_field, struct.tag


def _value_at(value: Any, steps: Sequence[str]) -> Any:
    for step in steps:
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and step.isdecimal() and int(step) < len(value):
            value = value[int(step)]
        else:
            return None
    return value
