"""The data file is Fisher's table."""

import hashlib

import numpy as np
import pytest

FISHER_MEANS = {
    "setosa": (5.006, 3.428, 1.462, 0.246),
    "versicolor": (5.936, 2.770, 4.260, 1.326),
    "virginica": (6.588, 2.974, 5.552, 2.026),
}


def test_file_is_the_one_its_readme_describes(examples_folder):
    data = examples_folder / "data"
    checksum = hashlib.sha256((data / "iris.csv").read_bytes()).hexdigest()
    assert checksum in (data / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", FISHER_MEANS)
def test_species_have_the_means_that_fisher_published(name):
    import iris

    data, species = iris.read()
    assert (species == name).sum() == 50
    np.testing.assert_allclose(data[species == name].mean(axis=0), FISHER_MEANS[name], atol=5e-4)


def test_the_two_flowers_that_other_copies_have_wrong_are_right():
    import iris

    data, _ = iris.read()
    assert data[34].tolist() == [4.9, 3.1, 1.5, 0.2]
    assert data[37].tolist() == [4.9, 3.6, 1.4, 0.1]
