"""One function a workflow rule: files and settings in, files out."""
