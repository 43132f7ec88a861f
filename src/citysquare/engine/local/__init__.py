"""One node: the cameras of one machine, recorded by one process and analysed by another.

Both read the same small file, the *node file*, which the platform writes. They start and go on without the platform, its database
and the network behind it. The analysis' own door is `engine.local.analysing`: it loads codecs, which the recorder's process does without.
"""

from citysquare.engine.local.analysis_report import AnalysisReport, CameraCost, read_analysis_report
from citysquare.engine.local.node_file import NodeCamera, NodeFile, read_node_file, write_node_file
from citysquare.engine.local.recording import record_node

__all__ = [
    "AnalysisReport",
    "CameraCost",
    "NodeCamera",
    "NodeFile",
    "read_analysis_report",
    "read_node_file",
    "record_node",
    "write_node_file",
]
