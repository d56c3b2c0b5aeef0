"""All cases of `reference.py tempo`, in the order of its table: whoever imports this has CASES filled."""

from . import catalogue, catalogue_removal, catalogue_chain, catalogue_chain_removal, catalogue_lab  # noqa: F401, I001
