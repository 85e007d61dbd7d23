"""Writes the .npy files that tests/core/io/npy_test.cpp reads, with NumPy. Run: python make.py"""

import pathlib

import numpy as np

here = pathlib.Path(__file__).parent
ramp = np.arange(24).reshape(2, 3, 4)
np.save(here / "float32_c.npy", ramp.astype("<f4") / 8)
np.save(here / "float64_fortran.npy", np.asfortranarray(ramp.astype("<f8") / 8))
np.save(here / "int32_vector.npy", np.array([-1, 0, 2**31 - 1], dtype="<i4"))
np.save(here / "int64_scalar.npy", np.array(-(2**62), dtype="<i8"))
np.save(here / "float32_empty.npy", np.zeros((0, 3), dtype="<f4"))
np.save(here / "big_endian.npy", np.zeros(2, dtype=">f8"))
np.save(here / "uint8.npy", np.zeros(2, dtype="u1"))
np.save(here / "record.npy", np.zeros(2, dtype=[("a", "<f4"), ("b", "<i4")]))
with open(here / "float64_version2.npy", "wb") as file:
    np.lib.format.write_array(file, ramp.astype("<f8") / 8, version=(2, 0))
