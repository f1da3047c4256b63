"""Bundles: what was written is what is opened, and any altered byte is found."""

import numpy as np
import pytest

from models.relevance.bundle import ARRAYS, BundleError, open_bundle, verify_bundle
from models.relevance.train import TrainingText, save, train
from models.text import VERSION, likeness_power

CORPUS = [
    TrainingText("a", "Ferry strike", "crews on strike", "en"),
    TrainingText("b", "Cup final", "record crowd", "en"),
]


@pytest.fixture
def bundle(tmp_path):
    manifest = save(train(CORPUS, now=1_700_000_000), tmp_path, now=1_700_000_000)
    return tmp_path / manifest.version


def test_a_bundle_opens_as_the_model_that_was_saved(bundle):
    trained = train(CORPUS, now=1_700_000_000).model

    opened = open_bundle(bundle, verify_bundle(bundle))

    assert opened.version == trained.version
    assert opened.unseen_idf == trained.unseen_idf
    assert np.array_equal(opened.terms, trained.terms)
    assert np.array_equal(opened.idf, trained.idf)


@pytest.mark.parametrize("name", [f"{array}.npy" for array in ARRAYS])
def test_one_changed_byte_of_any_file_is_found_and_named(bundle, name):
    content = bytearray((bundle / name).read_bytes())
    content[-1] ^= 1
    (bundle / name).write_bytes(content)

    with pytest.raises(BundleError, match=name):
        verify_bundle(bundle)


def test_a_changed_manifest_is_found_by_its_digest(bundle):
    digest = verify_bundle(bundle).digest
    manifest = bundle / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"vocabulary": ', '"vocabulary":  '))

    with pytest.raises(BundleError, match="not the one"):
        verify_bundle(bundle, digest)


def test_a_bundle_of_another_analyzer_is_refused_with_the_remedy(bundle):
    manifest = bundle / "manifest.json"
    manifest.write_text(manifest.read_text().replace(f'"analyzer": {VERSION}', f'"analyzer": {VERSION - 1}'))

    with pytest.raises(BundleError, match=r"text analyzer.*Train it again"):
        verify_bundle(bundle)


def test_a_model_keeps_the_power_of_its_articles_languages(bundle):
    assert open_bundle(bundle, verify_bundle(bundle)).power == likeness_power("en")


def test_no_file_of_a_bundle_needs_pickle(bundle):
    for path in bundle.glob("*.npy"):
        np.load(path, allow_pickle=False)


def test_a_bundle_is_never_overwritten(bundle):
    with pytest.raises(BundleError, match="already"):
        save(train(CORPUS, now=1_700_000_000), bundle.parent, now=1_700_000_000)


def test_a_missing_file_is_named(bundle):
    (bundle / "idf.npy").unlink()

    with pytest.raises(BundleError, match=r"idf\.npy"):
        verify_bundle(bundle)
