"""`python -m bench.peers`: ten rounds of federated averaging beside Flower and NVIDIA FLARE.

All are whole processes on the same files: `rehearse` over three sites, with every signature, charge and
release, and the simulators of both others with one client for each site. Everybody trains the same model by
the same five steps a round, over all rows of a site. fedcli learns the columns' means and deviations in a
round of its own; the others' programs know them. What is said of accuracy is of rows that nobody trained on.

Neither is among the packages of the tests: `FEDCLI_BENCH_FLOWER` and `FEDCLI_BENCH_FLARE` are interpreters
that have them (flwr[simulation], nvflare, pyarrow). One that has not is left out, and where none has, this
ends with 2 and says so. `FEDCLI_BENCH_ROWS` is the number of rows of each site.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from bench.models import FEDCLI, PAIRS, make, report, texts
from bench.tree import machine
from bench.tree import run as measure

SITES, COVARIATES, ROUNDS, STEPS, RATE = 3, 20, 10, 5, 0.5
ANALYSIS = f'analytic = "fedavg"\nrounds = {ROUNDS}\nepochs = {STEPS}\nlearning_rate = {RATE}\nc = 1e9'

_TRAINS = f"""
import sys, numpy as np, pyarrow.parquet as pq

def rows(path):
    table = pq.read_table(path)
    columns = [(table[f"x{{at}}"].to_numpy() - 5) / 1.5 for at in range({COVARIATES})]
    return np.column_stack([np.ones(table.num_rows), *columns]), table["y"].to_numpy()

def trained(x, y, at):
    for _ in range({STEPS}):
        at = at + {RATE} * x.T @ (y - 1 / (1 + np.exp(-(x @ at)))) / len(y)
    return at
"""
_FLOWER = f"""{_TRAINS}
from flwr.client import ClientApp, NumPyClient
from flwr.common import ndarrays_to_parameters, parameters_to_ndarrays
from flwr.server import ServerApp, ServerAppComponents, ServerConfig
from flwr.server.strategy import FedAvg
from flwr.simulation import run_simulation

held, into, files = {{}}, sys.argv[1], sys.argv[2:]

class Site(NumPyClient):
    def __init__(self, path):
        if path not in held:
            held[path] = rows(path)
        self.x, self.y = held[path]

    def fit(self, parameters, config):
        return [trained(self.x, self.y, parameters[0])], len(self.y), {{}}

class Kept(FedAvg):
    def aggregate_fit(self, number, results, failures):
        told = super().aggregate_fit(number, results, failures)
        assert len(results) == len(files)
        np.save(into, parameters_to_ndarrays(told[0])[0])
        return told

def server(context):
    first = ndarrays_to_parameters([np.zeros({COVARIATES + 1})])
    kept = Kept(fraction_evaluate=0.0, min_available_clients=len(files), initial_parameters=first)
    return ServerAppComponents(strategy=kept, config=ServerConfig(num_rounds={ROUNDS}))

def client(context):
    return Site(files[int(context.node_config["partition-id"])]).to_client()

run_simulation(
    server_app=ServerApp(server_fn=server), client_app=ClientApp(client_fn=client), num_supernodes=len(files),
    backend_config={{"client_resources": {{"num_cpus": 1, "num_gpus": 0.0}}}},
)
"""
_FLARE_SITE = f"""{_TRAINS}
import nvflare.client as flare

flare.init()
x, y = rows(sys.argv[int(flare.get_site_name().rpartition("-")[2])])
while flare.is_running():
    asked = flare.receive()
    if asked is None:
        break
    at = trained(x, y, np.ravel(asked.params["numpy_key"]).astype(float))
    flare.send(flare.FLModel(params={{"numpy_key": at}}, meta={{"NUM_STEPS_CURRENT_ROUND": len(y)}}))
"""
_FLARE = f"""
import glob, sys, tempfile
import numpy as np
from nvflare.app_common.np.recipes.fedavg import NumpyFedAvgRecipe
from nvflare.recipe import SimEnv

into, site, files = sys.argv[1], sys.argv[2], sys.argv[3:]
with tempfile.TemporaryDirectory() as folder:
    recipe = NumpyFedAvgRecipe(
        name="bench", model=[0.0] * {COVARIATES + 1}, min_clients=len(files), num_rounds={ROUNDS},
        train_script=site, train_args=" ".join(files),
    )
    recipe.execute(SimEnv(num_clients=len(files), num_threads=len(files), workspace_root=folder))
    [path] = glob.glob(f"{{folder}}/**/server.npy", recursive=True)
    np.save(into, np.load(path).ravel())
"""


class Peer(NamedTuple):
    """Another program: the variable that names its interpreter, what it imports, and what is run."""

    name: str
    variable: str
    module: str
    program: str

    @property
    def python(self) -> str:
        """The interpreter."""
        return os.environ.get(self.variable, sys.executable)

    @property
    def installed(self) -> bool:
        """Whether it can be run."""
        line = [self.python, "-c", f"import {self.module}"]
        return subprocess.run(line, stderr=subprocess.DEVNULL, check=False).returncode == 0

    def line(self, folder: Path, files: list[Path]) -> list[str]:
        """The command, which writes its coefficients into the folder."""
        site = folder / "flare_site.py"
        site.write_text(_FLARE_SITE)
        beside = [str(site)] if self.module == "nvflare" else []
        return [self.python, "-c", self.program, str(self.kept(folder)), *beside, *map(str, files)]

    def kept(self, folder: Path) -> Path:
        """Where its coefficients are."""
        return folder / f"{self.module}.npy"


PEERS = (
    Peer("Flower", "FEDCLI_BENCH_FLOWER", "flwr", _FLOWER),
    Peer("NVIDIA FLARE", "FEDCLI_BENCH_FLARE", "nvflare", _FLARE),
)


def beside(folder: Path, rows: int, peers: list[Peer], results: list[dict[str, Any]]) -> None:
    """Pairs of fedcli and each of the others, in turn, and how often each is right about new rows."""
    (folder / "data").mkdir()
    files = [folder / "data" / f"site-{site}.parquet" for site in range(SITES)]
    for site, path in enumerate(files):
        make(path, rows, site, COVARIATES)
    make(folder / "held.parquet", rows, SITES, COVARIATES)
    query, dictionary = map(str, texts(folder, ANALYSIS, COVARIATES))
    ours = [*FEDCLI, "rehearse", query, "--data", str(folder / "data"), "--dictionary", dictionary]
    ours += ["--policy", "evaluation"]
    own = accuracy(folder, coefficients(ours))
    for peer in peers:
        pairs = [(measure(ours), measure(peer.line(folder, files))) for _ in range(PAIRS)]
        report(f"{ROUNDS} rounds of fedavg, {SITES} x {rows:,} rows", peer.name, pairs, results)
        known = np.load(peer.kept(folder))
        other = accuracy(folder, np.concatenate([[known[0] - known[1:].sum() * 5 / 1.5], known[1:] / 1.5]))
        print(f"  accuracy on {rows:,} other rows: fedcli {own:.4f}, {peer.name} {other:.4f}")
        results[-1]["accuracy"] = [round(own, 4), round(other, 4)]


def coefficients(ours: list[str]) -> NDArray[np.float64]:
    """The intercept and the slopes that a rehearsal ends with."""
    done = subprocess.run([*ours, "--format", "json"], capture_output=True, check=True)
    rows = json.loads(done.stdout)["data"]["results"]["fit"]["tables"]["coefficients"]["rows"]
    return np.array([row[1] for row in rows])


def accuracy(folder: Path, at: NDArray[np.float64]) -> float:
    """The share of the rows that nobody trained on of which a model is right."""
    table = pq.read_table(folder / "held.parquet")
    x = np.column_stack([table[f"x{one}"].to_numpy() for one in range(COVARIATES)])
    return float(np.mean((at[0] + x @ at[1:] > 0) == (table["y"].to_numpy() == 1)))


def main() -> int:
    """Print everything; with `--json FILE` keep it too."""
    peers = [one for one in PEERS if one.installed]
    for one in PEERS:
        if one not in peers:
            print(f"{one.name} is not installed: see {one.variable} in bench/peers.py", file=sys.stderr)
    if not peers:
        return 2
    results: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as name:
        beside(Path(name), int(os.environ.get("FEDCLI_BENCH_ROWS", "100000")), peers, results)
    if "--json" in sys.argv:
        path = Path(sys.argv[sys.argv.index("--json") + 1])
        path.write_text(json.dumps({"name": "peers", "machine": machine(), "results": results}, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
