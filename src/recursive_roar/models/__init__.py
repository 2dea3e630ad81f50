"""Text classifiers that a study can train and explain."""
