"""Tests of fedcli, by kind: see CONTRIBUTING.md for what each folder is for."""
