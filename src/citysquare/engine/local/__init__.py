"""One node: the cameras of one machine, recorded by one process and analysed by another.

Both read the same small file, the *node file*, which the platform writes. They start and go on without the platform, its database
and the network behind it.
"""

from citysquare.engine.local.analysing import analyse_node
from citysquare.engine.local.analysis_report import AnalysisReport, CameraCost, read_analysis_report
from citysquare.engine.local.node_file import NodeCamera, NodeFile, read_node_file, write_node_file
from citysquare.engine.local.recording import record_node

__all__ = [
    "AnalysisReport",
    "CameraCost",
    "NodeCamera",
    "NodeFile",
    "analyse_node",
    "read_analysis_report",
    "read_node_file",
    "record_node",
    "write_node_file",
]
