"""schemathesis_hooks.py - most requests go to the collection that there is, and would else all end with 404.

A name that no collection can have is left as it is: it is one that must be refused.
"""

import re

import schemathesis

NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,511}|uuid:[0-9a-f-]{36}")


@schemathesis.hook
def map_path_parameters(context, path_parameters):
    if path_parameters and NAME.fullmatch(str(path_parameters.get("collection", ""))):
        path_parameters["collection"] = "default"
    return path_parameters
