"""A user's script: autolog, nested runs, a registered model loaded by its alias, files both ways."""

import json
import os
import sys
from pathlib import Path

import mlflow
import numpy as np
from mlflow import MlflowClient
from sklearn.linear_model import LogisticRegression

uri, folder = sys.argv[1], Path(sys.argv[2])
mlflow.set_tracking_uri(uri)
mlflow.set_experiment("iris/by mlflow")
client = MlflowClient()
features, labels = np.array([[0.0], [1.0], [2.0], [3.0]]), np.array([0, 0, 1, 1])

mlflow.sklearn.autolog(log_models=False, silent=True)
with mlflow.start_run(run_name="parent") as parent:
    model = LogisticRegression(C=0.5).fit(features, labels)
    mlflow.log_metric("loss", 0.5, step=0)
    mlflow.log_metrics({"loss": 0.25, "nan": float("nan")}, step=1)
    mlflow.log_text("hello", "notes/hello.txt")
    (folder / "up.bin").write_bytes(os.urandom(300_000))
    mlflow.log_artifact(str(folder / "up.bin"), "files")
    keyword = "name" if mlflow.__version__ >= "3" else "artifact_path"
    mlflow.sklearn.log_model(model, **{keyword: "model"}, registered_model_name="iris")
    with mlflow.start_run(run_name="child", nested=True) as child:
        mlflow.log_param("depth", 2)

client.set_registered_model_alias("iris", "champion", "1")
loaded = mlflow.pyfunc.load_model("models:/iris@champion")
down = mlflow.artifacts.download_artifacts(
    run_id=parent.info.run_id, artifact_path="files/up.bin", dst_path=str(folder)
)
found = mlflow.search_runs(search_all_experiments=True, filter_string="params.C = '0.5' and metrics.loss < 0.3")
children = client.search_runs(
    [parent.info.experiment_id], filter_string=f"tags.mlflow.parentRunId = '{parent.info.run_id}'"
)
print(
    json.dumps(
        {
            "run": parent.info.run_id,
            "child": child.info.run_id,
            "predicted": loaded.predict(features).tolist(),
            "same": Path(down).read_bytes() == (folder / "up.bin").read_bytes(),
            "found": found["run_id"].tolist(),
            "children": [one.info.run_id for one in children],
            "history": [[point.step, point.value] for point in client.get_metric_history(parent.info.run_id, "loss")],
            "files": [file.path for file in client.list_artifacts(parent.info.run_id)],
            "params": client.get_run(parent.info.run_id).data.params["C"],
            "versions": [one.version for one in client.search_model_versions("name = 'iris'")],
        }
    )
)
