#!/usr/bin/env bash
# Debian's Chromium, and the fonts that screenshots are compared in. Idempotent; needs root where something is missing.
set -euo pipefail

wanted=(chromium fonts-dejavu-core fonts-noto-color-emoji) missing=()
for package in "${wanted[@]}"; do dpkg -s "$package" >/dev/null 2>&1 || missing+=("$package"); done
if [ ${#missing[@]} -gt 0 ]; then
    apt-get update -qq >/dev/null
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi
