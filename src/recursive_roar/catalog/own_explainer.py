"""An explainer of one's own, as a plan knows it."""

from pydantic import create_model

from recursive_roar.catalog.explainers import KnownExplainer
from recursive_roar.catalog.own_class import OwnClassError, read_class
from recursive_roar.settings import Settings

INTERFACE = "recursive_roar.explain.interface.Explainer"
CAPABILITIES = (
    "needs_model",
    "needs_attention",
    "needs_attention_maps",
    "needs_training_split",
    "stochastic",
    "uses_labels",
)


def describe(path: str) -> KnownExplainer:
    """What a plan must know of the class that `file.py:Class` or `package.module:Class` names.

    Raises:
        OwnClassError: no such file or class, not an explainer, or a signature that cannot be checked.
    """
    own = read_class(path, INTERFACE)
    capabilities = {name: own.flag(name) for name in CAPABILITIES}
    fields = own.parameters(reserved=("name", "method"))
    if capabilities["stochastic"] and fields.pop("seed", None) is None:
        raise OwnClassError(f"class {own.name} is stochastic, so its __init__ must take `seed`")
    parameters = create_model(own.name, __base__=Settings, **fields)
    return KnownExplainer(path, parameters, **capabilities, may_read_words=True, source=own.file)


def declared(known: KnownExplainer) -> dict[str, bool]:
    """What was read in the source of one's own class, to be compared once it is loaded; of any other, nothing."""
    return {name: getattr(known, name) for name in CAPABILITIES} if known.source else {}
