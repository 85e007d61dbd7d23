"""Makes the oracle files of the .h5ad reader: small files written by anndata (or by h5py in the manner of older
anndata), and for each a .json with what anndata reads from it, values as the hexadecimal bytes of the arrays.

    python make_oracle.py            # anndata 0.12, h5py 3, numpy 2, pandas 2, scipy 1

Each .json maps a path in the file to an element; see describe() for the form.
"""

import json
import pathlib
import warnings

import anndata as ad
import h5py
import numpy as np
import pandas as pd
from anndata.io import read_elem, write_elem
from scipy import sparse

HERE = pathlib.Path(__file__).parent
MEMBERS = ["X", "obs", "var", "layers", "obsm", "varm", "obsp", "varp", "uns", "raw"]


def array(values):
    values = np.asarray(values)
    values = values.astype(values.dtype.newbyteorder("="))
    kind = "array" if values.dtype.name in KNOWN else "opaque"
    return {"type": kind, "dtype": values.dtype.name, "shape": list(np.shape(values)), "hex": values.tobytes().hex()}


KNOWN = {"float32", "float64", "bool", *(f"{s}int{b}" for s in ("", "u") for b in (8, 16, 32, 64))}


def text(values):
    values = np.asarray(values, dtype=object)
    flat = [v.decode() if isinstance(v, bytes) else v for v in values.ravel()]
    return {"type": "strings", "shape": list(values.shape), "values": flat}


def column(values):
    if isinstance(values, pd.Categorical):
        categories = values.categories.to_numpy()
        return {
            "type": "categorical",
            "codes": [int(c) for c in values.codes],
            "ordered": bool(values.ordered),
            "categories": text(categories) if categories.dtype == object else array(categories),
        }
    if isinstance(values, (pd.arrays.IntegerArray, pd.arrays.BooleanArray)):
        return {"type": "nullable", "values": array(values._data), "missing": [bool(m) for m in values._mask]}
    if isinstance(values, pd.arrays.StringArray):
        missing = [bool(m) for m in pd.isna(values)]
        return {"type": "nullable_strings", "missing": missing,
                "values": ["" if m else str(v) for v, m in zip(values, missing)]}
    values = np.asarray(values)
    if values.dtype == np.float16:  # read as float32, which holds it exactly
        values = values.astype(np.float32)
    return text(values) if values.dtype == object else array(values)


def frame(df):
    return {
        "type": "frame",
        "index_name": df.index.name or "_index",
        "index": [str(i) for i in df.index],
        "columns": [[name, column(df[name]._values)] for name in df.columns],
    }


def describe(elem):
    """What anndata reads from an h5py object."""
    kind = elem.attrs.get("encoding-type", "")
    if isinstance(elem, h5py.Dataset):
        if elem.shape is None:
            return {"type": "null"}
        if elem.dtype.names and elem.dtype.names != ("r", "i"):
            values = elem[()]
            fields = [[n, text(values[n]) if values[n].dtype.kind in "OS" else array(values[n])]
                      for n in elem.dtype.names]
            return {"type": "records", "shape": list(elem.shape), "fields": fields}
        if h5py.check_string_dtype(elem.dtype) is not None:
            return text(elem.asstr()[()])
        return array(elem[()])
    if kind in ("csr_matrix", "csc_matrix"):
        parts = {name: array(elem[name][()]) for name in ("data", "indices", "indptr")}
        return {"type": kind[:3], "shape": [int(s) for s in elem.attrs["shape"]], **parts}
    if kind == "dataframe":
        return frame(read_elem(elem))
    if kind in ("categorical", "nullable-integer", "nullable-boolean", "nullable-string-array"):
        return column(read_elem(elem))
    return {"type": "dict", "entries": [[name, describe(elem[name])] for name in elem]}


def expect(path):
    """Writes the expectation beside the file, after anndata has opened it."""
    ad.read_h5ad(path)
    with h5py.File(path) as f:
        expected = {name: describe(f[name]) for name in MEMBERS if name in f}
    path.with_suffix(".json").write_text(json.dumps(expected, ensure_ascii=False, indent=0) + "\n")


def random_sparse(rng, rows, cols, dtype, fmt="csr", index=np.int32):
    dense = rng.integers(0, 5, (rows, cols)) * (rng.random((rows, cols)) < 0.4)
    matrix = sparse.csr_matrix(dense.astype(dtype)) if fmt == "csr" else sparse.csc_matrix(dense.astype(dtype))
    matrix.indices = matrix.indices.astype(index)
    matrix.indptr = matrix.indptr.astype(index)
    return matrix


def names(prefix, count):
    return [f"{prefix}{i}" for i in range(count)]


def columns(path):
    """Every kind of column and of layer."""
    rng = np.random.default_rng(0)
    n, g = 6, 5
    obs = pd.DataFrame(index=names("cell", n))
    obs.index.name = "barcode"
    obs["kind"] = pd.Categorical(["B", "T", None, "B", "NK", "T"], categories=["T", "B", "NK", "unused"])
    obs["stage"] = pd.Categorical([2.5, 1.0, 2.5, 10.0, 1.0, 2.5], ordered=True)
    obs["batch"] = pd.Categorical(np.array([3, 1, 3, 2, 2, 1]))
    for dtype in sorted(KNOWN - {"bool"}):
        obs[dtype] = rng.integers(0, 100, n).astype(dtype)
    obs["float16"] = rng.normal(size=n).astype(np.float16)
    obs["special"] = np.array([np.nan, np.inf, -np.inf, -0.0, 5e-324, 0.1])
    obs["flag"] = [True, False, True, True, False, False]
    obs["maybe_int"] = pd.array([1, None, 3, None, 5, 6], dtype="Int32")
    obs["maybe_bool"] = pd.array([True, None, False, None, True, True], dtype="boolean")
    obs["text"] = ["", "a", "π and ω", "line\nbreak", 'quote"', "x" * 100]
    var = pd.DataFrame({"weight": np.arange(g) / 3}, index=names("gene", g))
    a = ad.AnnData(random_sparse(rng, n, g, np.float32), obs=obs, var=var)
    a.layers["counts"] = random_sparse(rng, n, g, np.int64, "csc", np.int64)
    a.layers["dense"] = rng.normal(size=(n, g))
    a.layers["half"] = rng.normal(size=(n, g)).astype(np.float16)
    a.layers["bytes"] = random_sparse(rng, n, g, np.uint8)
    a.layers["flags"] = rng.random((n, g)) < 0.5
    a.write_h5ad(path, convert_strings_to_categoricals=False)


def tree(path):
    """Every kind of element outside of obs, var and layers."""
    rng = np.random.default_rng(3)
    n, g = 6, 5
    obs = pd.DataFrame(index=names("cell", n))
    a = ad.AnnData(rng.integers(0, 9, (n, g)).astype(np.int16), obs=obs, var=pd.DataFrame(index=names("gene", g)))
    a.obsm["X_pca"] = rng.normal(size=(n, 3)).astype(np.float32)
    a.obsm["cube"] = rng.integers(0, 9, (n, 2, 2))
    a.obsm["frame"] = pd.DataFrame({"u": np.arange(n), "v": list("abcabc")}, index=obs.index)
    a.obsm["sparse"] = random_sparse(rng, n, 4, np.float64)
    a.varm["PCs"] = rng.normal(size=(g, 3))
    a.obsp["distances"] = random_sparse(rng, n, n, np.float64)
    a.varp["links"] = rng.integers(-5, 5, (g, g)).astype(np.int8)
    a.uns["number"] = 3
    a.uns["real"] = 0.1
    a.uns["single"] = np.float32(0.1)
    a.uns["yes"] = True
    a.uns["word"] = "héllo"
    a.uns["nothing"] = None
    a.uns["words"] = np.array([["a", "bb"], ["", "dddd"]], dtype=object)
    a.uns["complex"] = np.array([1 + 2j, 3 - 4j])
    a.uns["nested"] = {"deeper": {"empty": {}, "list": [1, 2, 3]}, "table": pd.DataFrame({"z": [1.5, 2.5]})}
    a.uns["category"] = pd.Categorical(["x", "y", "x"])
    a.uns["ranked"] = np.rec.fromarrays(
        [np.array(["g1", "g2"], dtype=object), np.array([1.5, -2.5], np.float32), np.array([1, 2])],
        names=["name", "score", "rank"])
    a.raw = ad.AnnData(random_sparse(rng, n, g + 2, np.float32), obs=obs,
                       var=pd.DataFrame({"all": True}, index=names("raw_gene", g + 2)))
    a.write_h5ad(path, convert_strings_to_categoricals=False)


def compressed(path):
    rng = np.random.default_rng(1)
    a = ad.AnnData(random_sparse(rng, 20, 10, np.float32, "csc"), obs=pd.DataFrame(index=names("c", 20)),
                   var=pd.DataFrame(index=names("g", 10)))
    a.obs["group"] = ["a", "b"] * 10
    a.layers["dense"] = rng.normal(size=(20, 10)).astype(np.float32)
    a.write_h5ad(path, compression="gzip")


def unsigned(path):
    rng = np.random.default_rng(2)
    a = ad.AnnData(random_sparse(rng, 8, 300, np.uint16), obs=pd.DataFrame(index=names("c", 8)),
                   var=pd.DataFrame(index=names("g", 300)))
    a.layers["narrow"] = random_sparse(rng, 8, 300, np.float32, "csc")
    a.obs["label"] = pd.array(["a", None, "", "d", "e", None, "g", "h"], dtype="string")
    with ad.settings.override(write_csr_csc_indices_with_min_possible_dtype=True, allow_write_nullable_strings=True):
        a.write_h5ad(path, convert_strings_to_categoricals=False)


def odd_names(path):
    obs = pd.DataFrame(index=["", "same", "same"])
    obs.index.name = "the index"
    for i, name in enumerate(["a b", "π", "x.y", "50% (v|v)", 'quote"', "..", "\\", "tab\there", "index", "😀"]):
        obs[name] = np.arange(3) + i
    a = ad.AnnData(np.zeros((3, 1), np.float32), obs=obs, var=pd.DataFrame(index=["g/1"]))
    a.uns["ключ"] = {"a.b": 1, " ": "space"}
    a.write_h5ad(path)


def empty(path, cells, genes, x):
    a = ad.AnnData(x, obs=pd.DataFrame(index=names("c", cells)), var=pd.DataFrame(index=names("g", genes)))
    a.write_h5ad(path)


def unsorted(path, twice):
    """CSR with columns out of order; with `twice` one entry is stored two times."""
    data = np.array([1, 2, 3, 4, 5], np.float32)
    indices = np.array([3, 0, 2, 1, 1 if twice else 0], np.int32)
    a = ad.AnnData(sparse.csr_matrix((2, 4), dtype=np.float32), obs=pd.DataFrame(index=["a", "b"]),
                   var=pd.DataFrame(index=names("g", 4)))
    a.write_h5ad(path)
    with h5py.File(path, "a") as f:
        del f["X/data"], f["X/indices"], f["X/indptr"]
        f["X/data"], f["X/indices"], f["X/indptr"] = data, indices, np.array([0, 3, 5], np.int32)


def older(path):
    """As anndata 0.7 wrote: frames 0.1.0 with codes that refer to their categories, few encoding marks."""
    with h5py.File(path, "w") as f:
        f["X"] = np.arange(6, dtype=">f4").reshape(3, 2)
        for name, index in (("obs", ["c0", "c1", "c2"]), ("var", ["g0", "g1"])):
            group = f.create_group(name)
            group.attrs["encoding-type"] = "dataframe"
            group.attrs["encoding-version"] = "0.1.0"
            group.attrs["_index"] = "index"
            group["index"] = np.array(index, dtype=h5py.string_dtype())
            group.attrs["column-order"] = np.array([], dtype=np.float64)
        obs = f["obs"]
        obs.attrs["column-order"] = np.array(["louvain", "n_counts", "fixed"], dtype=object)
        obs["louvain"] = np.array([1, 0, -1], np.int8)
        obs["n_counts"] = np.array([1.5, 2.5, 3.5], ">f8")
        obs["fixed"] = np.array([b"one", b"two", b"three"])
        categories = obs.create_group("__categories")
        categories["louvain"] = np.array(["T", "B"], dtype=h5py.string_dtype())
        categories["louvain"].attrs["ordered"] = True
        obs["louvain"].attrs["categories"] = categories["louvain"].ref
        f["obsm/X_pca"] = np.arange(6.0).reshape(3, 2)
        f["uns/word"] = "leiden"
        f["uns/number"] = 7
        f["uns/colors"] = np.array(["#000000", "#ffffff"], dtype=h5py.string_dtype())
        records = np.array([("a", 1.0), ("b", 2.0)], dtype=[("name", h5py.string_dtype()), ("score", "<f4")])
        f["uns/ranked"] = records
    expected = json.loads("{}")
    with h5py.File(path) as f:
        expected["X"] = array(f["X"][()])
        expected["obs"] = frame(ad.read_h5ad(path).obs.rename_axis("index").assign(
            fixed=np.array(["one", "two", "three"], dtype=object)))
        expected["var"] = frame(ad.read_h5ad(path).var.rename_axis("index"))
        expected["obsm"] = describe(f["obsm"])
        expected["uns"] = describe(f["uns"])
    path.with_suffix(".json").write_text(json.dumps(expected, ensure_ascii=False, indent=0) + "\n")


def compound(path):
    """As anndata before 0.7 wrote: frames are compound datasets."""
    with h5py.File(path, "w") as f:
        f["X"] = np.zeros((2, 1), np.float32)
        f["obs"] = np.array([(b"a", 1), (b"b", 2)], dtype=[("index", "S1"), ("n", "<i8")])
        f["var"] = np.array([(b"g",)], dtype=[("index", "S1")])


def main():
    warnings.simplefilter("ignore")
    makers = {
        "columns": columns,
        "tree": tree,
        "compressed": compressed,
        "unsigned": unsigned,
        "odd_names": odd_names,
        "no_cells": lambda p: empty(p, 0, 3, sparse.csr_matrix((0, 3), dtype=np.float32)),
        "no_genes": lambda p: empty(p, 3, 0, np.zeros((3, 0), np.float32)),
        "no_x": lambda p: empty(p, 3, 2, None),
        "unsorted": lambda p: unsorted(p, twice=False),
    }
    for name, make in makers.items():
        path = HERE / f"{name}.h5ad"
        make(path)
        expect(path)
    older(HERE / "older.h5ad")
    # Files that are refused.
    compound(HERE / "compound.h5ad")
    unsorted(HERE / "twice.h5ad", twice=True)
    lzf = ad.AnnData(np.ones((4, 4), np.float32), obs=pd.DataFrame(index=names("c", 4)),
                     var=pd.DataFrame(index=names("g", 4)))
    lzf.write_h5ad(HERE / "lzf.h5ad", compression="lzf")


if __name__ == "__main__":
    main()
