"""Correlations over sites against those of NumPy on the pooled rows, on public data."""

from __future__ import annotations

from functools import reduce
from operator import add
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fedcli.analytics.correlation import Correlation
from fedcli.engine.duckdb import DuckRows
from fedcli.engine.opening import open_source
from fedcli.model.result import Answer
from fedcli.model.vault import Source
from tests.oracle.fits import dictionary_of, split
from tests.oracle.test_models import COLUMNS

STUDIES = Path(__file__).parents[2] / "sample_data"
