"""The benchmarks' view of kith.h and model.h against the compiler's."""

import ctypes
import subprocess

from conftest import ROOT
from kithbench import structures


def test_each_structure_has_the_sizes_and_offsets_of_the_header(tmp_path):
    lines = []
    for structure in structures.STRUCTURES:
        lines.append(f'printf("{structure._c_name_} %zu\\n", sizeof({structure._c_name_}));')
        for field, _ in structure._fields_:
            lines.append(f'printf("{structure._c_name_}.{field} %zu\\n", offsetof({structure._c_name_}, {field}));')
    source = tmp_path / "layout.c"
    source.write_text("#include <kith/budget.h>\n#include <kith/catalog.h>\n#include <kith/kith.h>\n#include <kith/model.h>\n#include <kith/search.h>\n#include <stdio.h>\nint main(void) {\n" + "\n".join(lines) + "\nreturn 0; }\n")
    program = tmp_path / "layout"
    subprocess.run(["cc", "-I", ROOT / "include", "-o", program, source], check=True)
    expected = subprocess.run([program], check=True, capture_output=True, text=True).stdout.splitlines()

    ours = []
    for structure in structures.STRUCTURES:
        ours.append(f"{structure._c_name_} {ctypes.sizeof(structure)}")
        ours += [f"{structure._c_name_}.{field} {getattr(structure, field).offset}" for field, _ in structure._fields_]
    assert [pair for pair in zip(ours, expected, strict=True) if pair[0] != pair[1]] == []
