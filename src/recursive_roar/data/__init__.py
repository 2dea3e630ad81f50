"""From a source of text to batches of token ids."""
