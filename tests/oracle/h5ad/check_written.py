"""Compares two .h5ad files as anndata reads them, bit by bit: the original and what Brenier wrote from it.

    python check_written.py ORIGINAL WRITTEN            # everything (write_h5ad of read_h5ad)
    python check_written.py --cells ORIGINAL WRITTEN    # X as float32, obs and var (write_h5ad of read_cells)

More pairs, each with its own --cells, may follow. Prints the differences and exits with 1 when there are any. With `--available` it only says (exit code 0 or 1) whether
anndata can be imported.
"""

import sys
import warnings

warnings.simplefilter("ignore")

try:
    import anndata as ad
    import numpy as np
    import pandas as pd
    from scipy import sparse
except ImportError as error:
    print(f"anndata is not available: {error}")
    sys.exit(1)

differences = []


def differ(where, message):
    differences.append(f"{where}: {message}")


def same_array(where, a, b):
    if a.dtype.newbyteorder("=") != b.dtype.newbyteorder("=") or a.shape != b.shape:
        return differ(where, f"{a.dtype} {a.shape} and {b.dtype} {b.shape}")
    if a.dtype.names:
        for name in a.dtype.names:
            same_array(f"{where}.{name}", a[name], b[name])
    elif a.dtype == object:
        if not all(x == y for x, y in zip(a.ravel(), b.ravel())):
            differ(where, "values differ")
    elif a.astype(a.dtype.newbyteorder("=")).tobytes() != b.astype(b.dtype.newbyteorder("=")).tobytes():
        differ(where, "values differ")


def same_column(where, a, b):
    if type(a) is not type(b):
        return differ(where, f"{type(a).__name__} and {type(b).__name__}")
    if isinstance(a, pd.Categorical):
        if a.ordered != b.ordered:
            differ(where, "order differs")
        same_array(f"{where} codes", a.codes, b.codes)
        same_array(f"{where} categories", a.categories.to_numpy(), b.categories.to_numpy())
    elif isinstance(a, pd.api.extensions.ExtensionArray):
        same_array(f"{where} mask", np.asarray(pd.isna(a)), np.asarray(pd.isna(b)))
        if str(a.dtype) != str(b.dtype) or not all(x is y or x == y for x, y in zip(a[~a.isna()], b[~b.isna()])):
            differ(where, "values differ")
    else:
        half = a.dtype == np.float16  # written back as float32
        same_array(where, a.astype(np.float32) if half else a, b)


def same_frame(where, a, b):
    if list(a.columns) != list(b.columns) or a.index.name != b.index.name:
        return differ(where, f"columns {list(a.columns)} and {list(b.columns)}")
    same_column(f"{where} index", a.index._values, b.index._values)
    for name in a.columns:
        same_column(f"{where}[{name!r}]", a[name]._values, b[name]._values)


def same(where, a, b):
    if isinstance(a, pd.DataFrame) and isinstance(b, pd.DataFrame):
        same_frame(where, a, b)
    elif sparse.issparse(a) and sparse.issparse(b):
        if a.format != b.format or a.shape != b.shape:
            return differ(where, f"{a.format} {a.shape} and {b.format} {b.shape}")
        for part in ("data", "indices", "indptr"):
            same_array(f"{where}.{part}", getattr(a, part), getattr(b, part))
    elif isinstance(a, pd.api.extensions.ExtensionArray):
        same_column(where, a, b)
    elif isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
        same_array(where, a, b)
    elif hasattr(a, "keys") and hasattr(b, "keys"):
        if list(a.keys()) != list(b.keys()):
            return differ(where, f"{list(a.keys())} and {list(b.keys())}")
        for key in a.keys():
            same(f"{where}/{key}", a[key], b[key])
    elif np.asarray(a).dtype.kind != np.asarray(b).dtype.kind or not (a == b or (a != a and b != b)):
        differ(where, f"{a!r} and {b!r}")


def as_cells(x):
    """What read_cells makes of X: float32; compressed rows in order."""
    if not sparse.issparse(x):
        return np.asarray(x).astype(np.float32)
    x = x.tocsr().astype(np.float32)
    x.sort_indices()
    x.indices, x.indptr = x.indices.astype(np.int32), x.indptr.astype(np.int32)
    return x


def compare(original, written, cells):
    original, written = ad.read_h5ad(original), ad.read_h5ad(written)
    same("obs", original.obs, written.obs)
    same("var", original.var, written.var)
    if cells:
        return same("X", as_cells(original.X), written.X)
    same("X", original.X, written.X)
    for name in ("layers", "obsm", "varm", "obsp", "varp", "uns"):
        same(name, dict(getattr(original, name)), dict(getattr(written, name)))
    if (original.raw is None) != (written.raw is None):
        differ("raw", "only one file has it")
    elif original.raw is not None:
        same("raw/X", original.raw.X, written.raw.X)
        same("raw/var", original.raw.var, written.raw.var)
        same("raw/varm", dict(original.raw.varm), dict(written.raw.varm))


def main(arguments):
    if arguments == ["--available"]:
        return 0
    cells, paths = False, []
    for argument in arguments:
        if argument == "--cells":
            cells = True
            continue
        paths.append(argument)
        if len(paths) == 2:
            before = len(differences)
            compare(*paths, cells)
            for line in differences[before:]:
                print(f"{paths[0]}: {line}")
            cells, paths = False, []
    return 1 if differences or paths else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
