"""What a run logs, and how it is read back."""

from __future__ import annotations

import time
from io import BytesIO
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Union, cast

from azureml._face.store import RunStore
from azureml._face.values import plain_cell, plain_list, plain_row, plain_table, shape
from azureml.exceptions import UserErrorException

_FILE_KINDS = ("confusion_matrix", "accuracy_table", "predictions", "residuals")


class RunMetrics:
    """The part of ``Run`` that logs."""

    _store: RunStore

    def log(self, name: str, value: Any, description: str = "", step: Optional[int] = None) -> None:
        """Log a value; a name logged repeatedly becomes a series.

        Costs microseconds and never waits for the network: values are kept on disk first and sent from there.

        Args:
            name: the metric's name, any characters.
            value: a number (NaN and infinities too), string or truth value; numpy's scalars too.
            description: taken for old scripts' sake.
            step: the point's place on the x axis; by default the order of logging.

        Raises:
            UserErrorException: the value is none of these.
        """
        # Called a hundred thousand times a second, so nothing else happens here.
        self._store.sink.log(name if type(name) is str else str(name), value, step, "scalar")

    def log_list(self, name: str, value: Any, description: str = "") -> None:
        """Log a list of values of any length; another list under the name is appended."""
        self._put(name, plain_list(value), "list")

    def log_row(self, name: str, description: Optional[str] = None, **kwargs: Any) -> None:
        """Log one row of a table; its columns are the keyword arguments.

        Raises:
            UserErrorException: no column was given.
        """
        if not kwargs:
            raise UserErrorException(f"log_row({name!r}) needs columns, like log_row({name!r}, x=1, y=2)")
        self._put(name, plain_row(kwargs), "row")

    def log_table(self, name: str, value: Mapping[str, Any], description: str = "") -> None:
        """Log rows column by column: ``{"x": [1, 2], "y": [3, 4]}``; another table under the name is appended.

        Raises:
            UserErrorException: the columns are not of one length.
        """
        self._put(name, plain_table(value), "table")

    def log_image(self, name: str, path: Optional[str] = None, plot: Any = None, description: str = "") -> None:
        """Log an image: a file, or a matplotlib figure (or ``pyplot`` itself), which is kept as PNG.

        Raises:
            UserErrorException: not exactly one of ``path`` and ``plot`` was given, or there is no such file.
        """
        if (path is None) == (plot is None):
            raise UserErrorException("log_image takes either path, a file, or plot, a matplotlib figure")
        if path is not None:
            self._keep("image", name, Path(path).suffix or ".png", Path(path))
            return
        stream = BytesIO()
        plot.savefig(stream, format="png")
        stream.seek(0)
        self._keep("image", name, ".png", stream)

    def log_confusion_matrix(self, name: str, value: Union[str, Dict[str, Any]], description: str = "") -> None:
        """Log a confusion matrix.

        Args:
            value: ``{"schema_type": "confusion_matrix", "schema_version": "1.0.0", "data": {"class_labels": […],
                "matrix": [[…]]}}``, as a dictionary, as JSON, or as the path of a JSON file.

        Raises:
            UserErrorException: the value is not of this form.
        """
        self._log_document("confusion_matrix", name, value)

    def log_accuracy_table(self, name: str, value: Union[str, Dict[str, Any]], description: str = "") -> None:
        """Log an accuracy table, in the manner of ``log_confusion_matrix`` with ``schema_type`` ``accuracy_table``."""
        self._log_document("accuracy_table", name, value)

    def log_predictions(self, name: str, value: Union[str, Dict[str, Any]], description: str = "") -> None:
        """Log predictions, in the manner of ``log_confusion_matrix`` with ``schema_type`` ``predictions``."""
        self._log_document("predictions", name, value)

    def log_residuals(self, name: str, value: Union[str, Dict[str, Any]], description: str = "") -> None:
        """Log residuals, in the manner of ``log_confusion_matrix`` with ``schema_type`` ``residuals``."""
        self._log_document("residuals", name, value)

    def get_metrics(
        self,
        name: Optional[str] = None,
        recursive: bool = False,
        run_type: Optional[str] = None,
        populate: bool = False,
    ) -> Dict[str, Any]:
        """What was logged: a map from name to value.

        A name logged once gives the value, logged repeatedly a list; a list gives a list; rows and tables give a map
        from column to value if there is one row, else to a list. Images and the like give their address.

        Args:
            name: only this metric.
            recursive: child runs at any depth too; the answer is then a map from run id to such a map.
            run_type: with ``recursive``, only children of this type.
            populate: the contents of confusion matrices and the like in place of their address.
        """
        if not recursive:
            return self._own_metrics(name, populate)
        every = {self.id: self._own_metrics(name, populate)}
        for child in self.get_children(recursive=True, type=run_type):
            every[child.id] = child._own_metrics(name, populate)
        return every

    id: Any
    get_children: Any

    def _own_metrics(self, name: Optional[str], populate: bool) -> Dict[str, Any]:
        found = self._store.read_metrics(name, None)
        container = f"dcid.{self.id}"
        shaped = {key: shape(key, *metric, container) for key, metric in found.items()}
        if populate:
            for key, metric in found.items():
                if metric.kind in _FILE_KINDS:
                    shaped[key] = self._read_document(metric.columns[key][-1])
        return shaped

    def _put(self, name: str, value: Any, kind: str) -> None:
        self._store.sink.log(str(name), value, None, kind)

    def _log_document(self, kind: str, name: str, value: Union[str, Dict[str, Any]]) -> None:
        import json  # noqa: PLC0415

        document = _read_value(name, value)
        if document.get("schema_type") != kind or "data" not in document:
            raise UserErrorException(
                f"{name!r} is no {kind}: it needs the keys schema_type (with the value {kind!r}), schema_version and "
                f"data, but has {', '.join(map(str, document)) or 'none'}"
            )
        self._keep(kind, name, ".json", BytesIO(json.dumps(_plain_document(document)).encode()))

    def _keep(self, kind: str, name: str, suffix: str, source: Union[Path, BytesIO]) -> None:
        safe = "".join(char if char.isalnum() or char in "-_. " else "_" for char in name).strip(" .") or kind
        artifact = self._store.put_file(f"{safe}_{time.time_ns() // 1000}{suffix}", source)
        self._put(name, artifact.path, kind)

    def _read_document(self, path: str) -> Any:
        import json  # noqa: PLC0415
        import tempfile  # noqa: PLC0415

        with tempfile.TemporaryDirectory() as folder:
            self._store.get_file(path, Path(folder, "document.json"))
            return json.loads(Path(folder, "document.json").read_bytes())


def _read_value(name: str, value: Union[str, Dict[str, Any]]) -> Dict[str, Any]:
    import json  # noqa: PLC0415

    if isinstance(value, str):
        try:
            text = value if value.lstrip().startswith("{") else Path(value).read_text(encoding="utf-8")
            value = json.loads(text)
        except (OSError, ValueError) as error:
            raise UserErrorException(f"{name!r} is neither JSON nor a file of JSON: {error}") from None
    if not isinstance(value, dict):
        raise UserErrorException(f"{name!r} must be a dictionary or its JSON, not {type(value).__name__}")
    return value


def _plain_document(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain_document(item) for key, item in cast("Dict[Any, Any]", value).items()}
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, (list, tuple)):
        return [_plain_document(item) for item in cast("List[Any]", value)]
    return plain_cell(value)
