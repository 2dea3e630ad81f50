"""What else is to be known of masks and importance before a score is believed (see docs/controls.md)."""
