"""What an interrupted explanation of a split needs to go on."""

from torch import Tensor

from recursive_roar.saved_state import SavedState


class ExplainingState(SavedState):
    """Importance of the examples that are explained already."""

    def save(self, values: Tensor, explained: Tensor) -> None:
        """Replace the file by `values` [tokens], of which those of the `explained` examples [examples] count.

        Raises:
            Interrupted: the process was warned that it will be stopped; the state is saved.
        """
        self.write({"values": values, "explained": explained}, {})

    def load(self, values: Tensor, explained: Tensor) -> None:
        """Put the saved state into both; leaves them as they are if there is no usable state."""
        found = self.read()
        if found is None:
            return
        for tensor, saved in ((values, found[0]["values"]), (explained, found[0]["explained"])):
            tensor.copy_(saved)
