"""Writes the file that tests/core/io/safetensors_test.cpp reads, with the reference library (safetensors 0.5 or later).
Run: python make.py"""

import pathlib

import numpy as np
from safetensors.numpy import save_file

here = pathlib.Path(__file__).parent
arrays = {
    "weight": np.arange(6, dtype="<f4").reshape(2, 3) / 4,
    "bias": np.array([0.5, -1.0], dtype="<f8"),
    "step": np.array(7, dtype="<i8"),
    "empty": np.zeros((0, 4), dtype="<f4"),
    "mask": np.array([True, False, True]),
}
save_file(arrays, here / "reference.safetensors", metadata={"format": "test", "made_by": "safetensors"})
