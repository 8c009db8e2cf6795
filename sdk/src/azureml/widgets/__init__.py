"""A run's details in a notebook."""

# pyright: reportPrivateUsage=false
# The parts of the face see into each other.

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Dict, List

from azureml._face import display

if TYPE_CHECKING:
    from azureml.core.run import Run

__all__ = ["RunDetails"]


class RunDetails:
    """Shows a run, its metrics and its child runs as they are now.

    Args:
        run_instance: the run.
    """

    def __init__(self, run_instance: Run) -> None:
        self._run = run_instance

    def show(self, render_lib: Any = None, widget_settings: Any = None) -> None:
        """Show tables in a notebook, and lines of text elsewhere."""
        try:
            notebook = import_module("IPython")  # the SDK does not need it
        except ImportError:
            notebook = None
        if notebook is None or notebook.get_ipython() is None:
            print(self)
        else:
            notebook.display.display(notebook.display.HTML(self._repr_html_()))

    def __str__(self) -> str:
        metrics = "".join(f"\n  {name}: {value}" for name, value in self._metrics().items())
        return f"{self._run!r}{metrics}\nWeb View: {self._run.get_portal_url()}"

    def _repr_html_(self) -> str:
        metrics = self._metrics()
        parts: List[str] = [self._run._repr_html_()]
        if metrics:
            parts.append(display.html_rows(["Metric", "Value"], ([name, str(metrics[name])] for name in metrics)))
        children = list(self._run.get_children())
        if children:
            rows = ([child.name, child.id, child.status] for child in children)
            parts.append(display.html_rows(["Child run", "Id", "Status"], rows))
        return "".join(parts)

    def _metrics(self) -> Dict[str, Any]:
        return self._run.get_metrics()
