"""The demo as a user runs it: one process, its printed numbers, its picture."""

import re
import subprocess
import sys

import numpy as np
import pytest

pytestmark = [pytest.mark.toolchain, pytest.mark.slow]


@pytest.fixture(scope="module")
def output(tmp_path_factory):
    from pathlib import Path

    examples = Path(__file__).parents[2] / "examples"
    picture = examples / "output" / "iris_mixture.png"
    picture.unlink(missing_ok=True)
    done = subprocess.run(
        [sys.executable, str(examples / "demo.py"), "--quick"],
        capture_output=True,
        check=False,
        text=True,
        timeout=240,
        cwd=tmp_path_factory.mktemp("elsewhere"),
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def numbers_after(output, label):
    """Computed and expected, as the screen has them."""
    line = next(line for line in output.splitlines() if line.strip().startswith(label))
    return tuple(float(text) for text in line.replace(label, "", 1).split()[:2])


@pytest.mark.parametrize(
    ("label", "expected", "tolerance"),
    [
        ("df/dx[0]", -0.7357588823428847, 1e-15),
        ("df/dy[1]", 0.0, 0.0),
        *((f"row {row}", value, 0.0) for row, value in enumerate((8, 63, 168, 323, 528, 783))),
        ("dr/dm [8]", 0.0038159826800085255, 2e-15),
        ("dr/dm [9]", 0.39643609910240457, 2e-15),
        ("dr/dm [10]", 0.6231034302749946, 2e-15),
        ("dr/dm [11]", -1.1880368937145036, 2e-15),
        ("dr/dm [12]", -0.06280195331777222, 2e-15),
        ("sum(r^2)", 0.2624177846686922, 2e-15),
        ("d sum(r^2) / dm", 0.21549454807892457, 2e-15),
        ("y [0]", 0.7913375537619973, 1e-12),
        ("y [1]", 0.9253462253117412, 1e-12),
        ("d2y/dx2 [0, 0]", -0.005915800188236044, 6e-15),
        ("d2y/dx2 [0, 3]", -0.0946528030117767, 9e-14),
        ("d2y/dx2 [1, 1]", -0.09576291638048823, 9e-14),
        ("d2y[0] / dx[0] dx[1]", 0.011831600376472086, 1e-14),
        ("d2y[1] / dx[1] dx[3]", -0.12768388850731766, 1e-13),
        ("sum L", -0.5960204722984506, 6e-13),
        ("dL/dM [0, 1]", -0.8281287890993605, 8e-13),
        ("dL/dM [1, 0]", 0.010991829525976438, 1e-14),
        ("dL/dM [1, 3]", 0.6604031015885412, 6e-13),
        ("float32: d2y/dx2 [1, 3]", -0.17024518467642355, 1.7e-6),
    ],
)
def test_printed_number_is_the_known_one(output, label, expected, tolerance):
    computed, shown_as_expected = numbers_after(output, label)
    assert shown_as_expected == expected
    assert computed == pytest.approx(expected, abs=tolerance, rel=0)


def test_fit_reaches_the_known_maximum(output):
    assert float(re.search(r"log-likelihood\s+(-\d+\.\d+)", output)[1]) == pytest.approx(-180.18547713, abs=1e-6)
    assert float(re.search(r"norm of the gradient there\s+(\S+)", output)[1]) < 1e-5
    assert float(re.search(r"central differences\s+(\S+)", output)[1]) < 1e-7
    assert "145 of 150 flowers" in " ".join(output.split())


def test_costs_are_printed_for_every_case(output):
    assert output.count("evaluations of the function") == 5


def test_picture_is_no_blank_image(output):
    from pathlib import Path

    from matplotlib.image import imread

    assert "iris_mixture.png" in output
    pixels = imread(Path(__file__).parents[2] / "examples" / "output" / "iris_mixture.png")
    assert pixels.shape[0] > 300
    assert pixels.shape[1] > 900
    coloured = np.ptp(pixels[..., :3], axis=2) > 0.2
    assert 0.005 < coloured.mean() < 0.5
