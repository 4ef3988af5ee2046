"""The gate: what may leave a site, judged by shapes."""
